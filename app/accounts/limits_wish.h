#ifndef ACCOUNTS_LIMITS_WISH_H
#define ACCOUNTS_LIMITS_WISH_H

/*
 * Limits that somebody wishes for, as a change stores them: what keys, teams and plans share.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/rate_limit.h"
#include "store/store.h"

#define KEY_KEEP INT64_MIN /* of a number that is wished for: as it is */

/* Binds :rpm_limit, :tpm_limit, :max_parallel_requests; with the :keep_... beside them for an
 * update.  NULL: all as they are. */
void limits_wish_bind(struct change *change, const struct limits *limits, bool is_new);

#endif
