#ifndef FETCH_HANDLE_POOL_H
#define FETCH_HANDLE_POOL_H

/*
 * libcurl handles with their warm connections: as many as were ever used at once, up to a cap.
 * DNS answers and TLS sessions are shared between handles; connections never are.
 */
#include <stdbool.h>

#include "fetch/handle.h"

/* The handle given back last of those that called this URL last, whose connection is warm; else
 * the one given back last.  NULL: libcurl has no more to give. */
struct handle *handle_take(struct fetch_pool *pool, const char *url);
/* keep false: its connection ended in an unknown state and is closed. */
void handle_give_back(struct fetch_pool *pool, struct handle *handle, bool keep);

#endif
