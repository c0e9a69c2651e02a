#ifndef RELAY_LIMITS_H
#define RELAY_LIMITS_H

/*
 * Limits a minute and at a time, as one request meets them.  What the key, its team and the proxy
 * allow ends the request (429, or 503 for the proxy); what a deployment allows puts that candidate
 * out, and the next one is asked.  The hold is what refuses (accounts/rate_limit.h); nothing is
 * decided here.
 *
 * A request counts once for its key and team, however many attempts it needs; each attempt counts
 * for its deployment.  Tokens are reserved for each attempt: the prompt as bytes / 3, which is more
 * than text has, but never above the bound, and all of the output that may come.
 */
#include "accounts/rate_limit.h"
#include "relay/run.h"

/* What the attempt takes, for attempt.rate; NULL when nothing limits it. */
struct rate_hold *limits_hold(struct run *run, const struct candidate *candidate);

/* The most output that leaves room under the limits of tokens a minute, for requests that name no
 * limit of their own; limit <= 0 means none yet. */
int64_t limits_output(const struct run *run, const struct candidate *candidate, int64_t limit);

/* An estimate of the prompt's tokens, by its bytes and images; most where nobody can tell. */
int64_t limits_prompt_tokens(const struct bound_input *input, int64_t most);

/* Does a limit of tokens a minute apply? */
bool limits_tokens(const struct run *run, const struct candidate *candidate);

/* The hold has been taken: what is left goes to the outcome, for headers. */
void limits_taken(struct run *run, const struct rate_hold *hold);

/* The hold was refused with ERROR_RATE.  True: it was the deployment's limit, and *out_why is for
 * the record of the skip.  False: err is what to tell the client. */
bool limits_refused(
    struct run *run, const struct rate_hold *hold, const char **out_why, struct error *err);

/* Nobody is left, and limits of deployments were in the way: fills err and returns -1. */
int limits_tell(struct run *run, struct error *err);

#endif
