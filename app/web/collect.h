#ifndef WEB_COLLECT_H
#define WEB_COLLECT_H

/*
 * A request whose body is on its way: what can be known before it is there, and how long it may
 * take.  Most requests come whole, and are not asked for here.  One that does not is judged by its
 * head: without a route or a key its body is thrown away as it comes, and it is answered soon.
 * For web/ only.
 */
#include "base/arena.h"
#include "web/web_connection.h"

/* Judges the head, once; the arena is only borrowed. */
void collect_judge(
    struct web_connection *connection, const struct worker_options *options, struct arena *arena);

/* Should it be judged now, and not only when it has waited a while? */
bool collect_is_large(const struct web_connection *connection);

/* The body is not kept any longer, and the answer will be this one; the first one counts. */
void collect_refuse(struct web_connection *connection, enum error_kind kind, const char *text);

/* When something is to be done even if nothing comes (monotonic, ms): judge it, or answer it. */
int64_t collect_due_ms(const struct web_connection *connection);

/* The request as far as it came, for the handler: NULL, or what is to be refused.  out_request has
 * arena, client_fd and started_us.  -1: it is not one that can be answered. */
int collect_request(struct web_connection *connection, struct web_request *out_request,
    struct error *room, const struct error **out_refused);

#endif
