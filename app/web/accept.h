#ifndef WEB_ACCEPT_H
#define WEB_ACCEPT_H

/*
 * The next connection of a listening socket, without waiting for one.  For web/ only.
 */
#include <stdbool.h>

/* Its descriptor, or -1: another thread or process was faster, or the peer is none of the web
 * servers that FCGI_WEB_SERVER_ADDRS names.  *out_exhausted: there is no descriptor or memory for
 * it, and it waits in the socket. */
int accept_connection(int listen_fd, bool *out_exhausted);

#endif
