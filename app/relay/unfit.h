#ifndef RELAY_UNFIT_H
#define RELAY_UNFIT_H

/*
 * Whose mistake is a refusal (400, 422)?  The client's, when the provider saw what the client
 * wrote.  Of a request that was translated, or changed in more than every gateway must, it says
 * only that this deployment does not take it so: the plan goes on without it (F3).
 */
#include <stdbool.h>

#include "relay/run.h"

/* Did the provider get the client's own words?  Looks at the body that was sent. */
bool unfit_is_unchanged(const struct run *run, const struct fetch_call *sent);

/* Tells a refusal of changed words apart from the client's mistake: FAILURE_CLIENT becomes
 * FAILURE_UNFIT, and the deployment is named in the outcome. */
void unfit_judge(struct run *run, const struct candidate *candidate, const struct fetch_call *sent,
    struct failure *failure);

#endif
