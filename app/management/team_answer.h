#ifndef MANAGEMENT_TEAM_ANSWER_H
#define MANAGEMENT_TEAM_ANSWER_H

/*
 * A team as LiteLLM's clients know it.
 */
#include <jansson.h>
#include <stdbool.h>

/* TEAM of views/view_teams.h to LiteLLM's row. */
json_t *team_answer(const json_t *view);

/* Is it one of these ids? */
bool team_is_among(const json_t *view, const json_t *ids);

#endif
