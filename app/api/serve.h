#ifndef API_SERVE_H
#define API_SERVE_H

/*
 * One serving process: a gateway, and the worker that feeds it requests.  Each returns the
 * process's exit status.  serve_fastcgi returns after a drain; call it after fork.  It drains also
 * when `parent` is no longer its parent (0: that may go, as spawn-fcgi does).  `processes` of
 * its kind share the machine's processors; 1 also where nobody knows.
 */
#include <sys/types.h>

int serve_fastcgi(const char *settings_path, int listen_fd, pid_t parent, int processes);
int serve_cgi(const char *settings_path, char **environment);

#endif
