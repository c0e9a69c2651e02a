/*
 * Teams by the word that names them.  See the header.
 */
#include "cli/known_team.h"

#include <string.h>

#include "base/json_read.h"
#include "settings/load.h"
#include "views/view_teams.h"

#include "base/banned.h"

/* The id or alias that was meant, or NULL. */
static const char *nearest(struct workplace *place, const char *word, const json_t *teams)
{
	size_t count = json_array_size(teams), names = 0;
	const char **all = arena_alloc(&place->arena, (2 * count + 1) * sizeof *all);

	for (size_t i = 0; i < count; i++) {
		const char *alias = json_read_text(json_array_get(teams, i), "alias");

		all[names++] = json_read_text(json_array_get(teams, i), "id");
		if (alias)
			all[names++] = alias;
	}
	return settings_nearest(word, all, names);
}

int known_team(struct workplace *place, const char *word, const char *advice, struct team *out,
    struct error *err)
{
	const char *meant;
	json_t *teams;

	if (teams_find(place->store, word, &place->arena, out, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	teams = view_teams(place->store, NULL, false, place->timezone, place->now_ms, err);
	if (!teams)
		return -1;
	meant = nearest(place, word, teams);
	(void)error_set(err, ERROR_NOT_FOUND, "there is no team '%.60s'%s%.60s%s; %s", word,
	    meant ? " (nearest: " : "", meant ? meant : "", meant ? ")" : "", advice);
	json_decref(teams);
	return -1;
}
