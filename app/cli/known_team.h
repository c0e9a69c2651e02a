#ifndef CLI_KNOWN_TEAM_H
#define CLI_KNOWN_TEAM_H

/*
 * The team that a word names.  A mistyped one is never made in passing, because a new team has no
 * limits: what it would be for would go on without them.
 */
#include "accounts/teams.h"
#include "cli/workplace.h"

/* By id or alias; *out is in the place's arena.  ERROR_NOT_FOUND names the nearest, and ends with
 * `advice`. */
int known_team(struct workplace *place, const char *word, const char *advice, struct team *out,
    struct error *err);

#endif
