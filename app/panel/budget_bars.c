/*
 * Budgets, ready to be drawn.  See the header.
 */
#include "panel/budget_bars.h"

#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "web/form.h"

#include "base/banned.h"

#define TIGHT_PERMILLE 800

static const char *budget_bars_place_of(const char *scope, const char *id, struct arena *arena)
{
	if (strncmp(scope, "key", 3) == 0)
		return arena_printf(arena, "/keys/%s", form_encode(id, arena));
	if (strncmp(scope, "team", 4) == 0)
		return arena_printf(arena, "/team?id=%s", form_encode(id, arena));
	return NULL;
}

const char *budget_scope_shown(const char *scope)
{
	return strcmp(scope, "key_model") == 0    ? "key, one model"
	       : strcmp(scope, "team_model") == 0 ? "team, one model"
	       : strcmp(scope, "user") == 0       ? "end user"
						  : scope;
}

static void add_to(json_t *budget, struct arena *arena)
{
	const char *scope = json_read_text(budget, "scope");
	const char *id = json_read_text(budget, "scope_id");
	const char *source = json_read_text(budget, "source");
	int64_t used = json_read_int(budget, "used_permille", 0);
	bool full = used >= 1000 || json_read_int(budget, "left_nano", 0) <= 0;

	json_set_all(budget, "full? tight? used_percent", full, !full && used >= TIGHT_PERMILLE,
	    arena_printf(arena, "%lld", (long long)(used / 10)));
	json_set_all(budget, "has_end? place of_admins? of_settings? scope_words is_proxy?",
	    !json_is_null(json_object_get(budget, "ends")),
	    scope && id ? budget_bars_place_of(scope, id, arena) : NULL,
	    scope && (text_is_one_of(scope, "key team")), source && strcmp(source, "settings") == 0,
	    scope ? budget_scope_shown(scope) : NULL, scope && strcmp(scope, "proxy") == 0);
	json_set_text(budget, "page_id",
	    arena_printf(arena, "%lld", (long long)json_read_int(budget, "id", 0)));
}

void budget_bars(json_t *budgets, struct arena *arena)
{
	json_t *one;
	size_t i;

	json_array_foreach(budgets, i, one) add_to(one, arena);
}

json_t *budget_bars_tightest(json_t *budgets)
{
	json_t *one, *found = NULL;
	size_t i;

	json_array_foreach(budgets, i,
	    one) if (!found || json_read_int(one, "used_permille", 0) >
				   json_read_int(found, "used_permille", 0)) found = one;
	return found;
}
