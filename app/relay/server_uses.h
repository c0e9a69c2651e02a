#ifndef RELAY_SERVER_USES_H
#define RELAY_SERVER_USES_H

/*
 * Tools of a request that run at the provider: which of them a deployment allows, and how often.
 */
#include "relay/run.h"

/* Fills the uses that the bound of this candidate covers.  False: something insisted on is not
 * allowed here, or has no price; *out_why says how to allow it. */
bool server_uses_weigh(struct run *run, const struct candidate *candidate,
    struct bound_input *input, const char **out_why);

#endif
