#ifndef WEB_CLIENT_SIGNAL_H
#define WEB_CLIENT_SIGNAL_H

/*
 * Under CGI the web server tells by a signal that the client has gone: SIGTERM (Apache: SIGKILL 3 s
 * later), or SIGPIPE at a write.  The handlers set a flag and nothing else.
 */
#include <stdbool.h>

void client_signal_watch(void);
bool client_signal_came(void);

#endif
