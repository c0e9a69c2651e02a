#ifndef RELAY_PATIENCE_H
#define RELAY_PATIENCE_H

/*
 * How long a provider is waited for.
 *
 *	one attempt   timeout: the least of the client's, the deployment's and request_timeout.
 *		      It limits a whole answer; of a stream the silence before and between events,
 *		      as LiteLLM and the SDKs mean it, so that one that flows is not cut.
 *	the request   request_deadline.  Until an answer begins, 30 s of it are kept for each
 *		      candidate that has not been asked, at most half of what is left: a provider
 *		      that hangs does not eat the time of its fallbacks.
 */
#include "relay/run.h"

/* Of the whole request; at least 1. */
int64_t patience_left_ms(const struct run *run);

/* The longest that an attempt that begins now may go without an answer's beginning; at least 1. */
int64_t patience_share_ms(const struct run *run, const struct candidate *candidate);

/* Sets the time limits of a call. */
void patience_set(const struct run *run, const struct candidate *candidate, struct fetch_call *out);

/* Was the call cut by a limit of the client's that is too short to say anything of the deployment:
 * below 30 s, and below the limits that the settings give it? */
bool patience_excuses(const struct run *run, const struct candidate *candidate, enum fetch_end end);

#endif
