#ifndef WEB_FASTCGI_H
#define WEB_FASTCGI_H

/*
 * One FastCGI request by libfcgi on a connection that somebody else has accepted.  For web/ only.
 */
#include <fcgiapp.h>

#include "base/arena.h"
#include "web/worker.h"

/* Reads one request from fd and answers it; arena is empty.  Returns the descriptor when the web
 * server keeps the connection for another request, else -1 (it is closed). */
int fastcgi_answer(const struct worker_options *options, FCGX_Request *fcgx, int fd,
    bool overloaded, struct arena *arena);

#endif
