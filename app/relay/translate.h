#ifndef RELAY_TRANSLATE_H
#define RELAY_TRANSLATE_H

/*
 * Serving a client of one wire format with a provider of another.
 *
 * The client's body is read into a neutral conversation at most once a request, and only when a
 * candidate needs it.  A candidate whose format cannot say what is asked for is skipped by the plan
 * (providers/features.h); what is left out instead is told in relay_outcome.dropped.
 */
#include "relay/run.h"

/* The format that calls of this member are written in, for this request; NULL: it has none. */
const struct wire_format *translate_format(struct run *run, const struct member *member);

/* Does the candidate speak another format than the client, or refuse its tools as they stand? */
bool translate_needed(struct run *run, const struct member *member);

/* Why the request cannot be put in this member's format, for the log; NULL: it can. */
const char *translate_unfit(struct run *run, const struct member *member);

/* Bytes that the translation may add to the text of the request: for the bound. */
int64_t translate_added_bytes(struct run *run, const struct member *member);

/* The output limit as the member's format takes it: Responses refuses less than 16. */
int64_t translate_limit(struct run *run, const struct member *member, int64_t limit);

/* The conversation to send, with the deployment's defaults, repaired, less what its format drops
 * (*out_dropped names it, or NULL).  *out is NULL when no translation is needed. */
int translate_for(struct run *run, const struct member *member,
    const struct chat_conversation **out, const char **out_dropped, struct error *err);

/* The answer's way back: tools' names as the client knows them, ids that it has not seen. */
int translate_event(struct run *run, const struct member *member, const struct chat_event *event,
    chat_emit *emit, void *ctx);

#endif
