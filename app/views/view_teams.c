/*
 * Teams as JSON.  See the header.
 */
#include "views/view_teams.h"

#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "views/view_budgets.h"
#include "views/view_rows.h"

#include "base/banned.h"

static json_t *view_teams_row_json(const struct statement *s)
{
	json_t *team = view_object(s);

	json_set_text(team, "name", statement_text(s, statement_is_null(s, 1) ? 0 : 1));
	return team;
}

static json_t *read_teams(struct store *store, const char *id, const char *search,
    bool with_deleted, const char *timezone, int64_t now_ms, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = store_query(reader, SQL_VIEW_TEAMS_ROWS, err);
	json_t *list = json_array();
	int result;

	statement_bind(s, ":id", id, ":search", search, ":with_deleted", with_deleted);
	while ((result = statement_step(s, err)) == 1)
		json_append(list, view_teams_row_json(s));
	if (result == 0)
		result = view_budgets_add(reader, "team", list, timezone, now_ms, err);
	store_reader_return(store, reader);
	return json_if(result == 0, list);
}

json_t *view_teams(struct store *store, const char *search, bool with_deleted, const char *timezone,
    int64_t now_ms, struct error *err)
{
	return read_teams(store, NULL, search, with_deleted, timezone, now_ms, err);
}

json_t *view_team(
    struct store *store, const char *id, const char *timezone, int64_t now_ms, struct error *err)
{
	AUTO_JSON json_t *list = read_teams(store, id, NULL, true, timezone, now_ms, err);

	if (list && json_array_size(list) == 0)
		(void)error_set(err, ERROR_NOT_FOUND, "no team '%.60s'", id);
	return list ? json_incref(json_array_get(list, 0)) : NULL;
}
