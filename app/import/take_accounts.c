/*
 * Rows of LiteLLM's keys and teams: what is particular to each.
 */
#include <string.h>

#include "accounts/key_change.h"
#include "accounts/key_owner.h"
#include "accounts/key_routes.h"
#include "accounts/teams.h"
#include "base/digest.h"
#include "base/json_scan.h"
#include "import/account.h"

#include "base/banned.h"

/* LiteLLM's own sessions of its panel are keys of this team. */
#define PANEL_TEAM "litellm-dashboard"

/* What a key or team may have and a wish cannot hold.  One that limits blocks. */
static const struct loss {
	const char *column, *member; /* member of a JSON column, or NULL */
	bool limits;
	const char *words;
} losses[] = {
	{ "tpd_limit", NULL, true, "tokens a day are not counted here" },
	{ "metadata", "model_rpm_limit", true, "limits for one model are not done here" },
	{ "metadata", "model_tpm_limit", true, "limits for one model are not done here" },
	{ "metadata", "guardrails", true, "there are no guardrails here" },
	{ "policies", NULL, true, "there are no policies here" },
	{ "aliases", NULL, false, "model_group_alias in the settings gives models other names" },
	{ "access_group_ids", NULL, false, "the models of access groups must be named in models" },
	{ "router_settings", NULL, false, "routing is set in the settings file, for all alike" },
	{ "model_id", NULL, false, "model_group_alias in the settings gives models other names" },
	{ "soft_budget", NULL, false, "alerts are set in the settings file" },
	{ "organization_id", NULL, false, "it is kept, but an organization's limits do not hold" },
};

static bool has_loss(struct import *import, const struct loss *loss, struct slice row)
{
	struct arena *arena = import->rows->arena;
	const char *json = row_json(row, loss->column, arena);

	if (!loss->member)
		return row_is_filled(row, loss->column, arena);
	return json && row_json(slice_of(json), loss->member, arena);
}

static void note_loss(struct import *import, enum import_table table, const char *name,
    struct slice row, const struct loss *loss, struct account_wish *wish)
{
	if (!has_loss(import, loss, row))
		return;
	import_note(import, table, name, "%s: %s%s", loss->member ? loss->member : loss->column,
	    loss->words, loss->limits ? ", so it comes blocked" : "");
	if (loss->limits)
		wish->blocked = WISH_YES;
}

static void note_losses(struct import *import, enum import_table table, const char *name,
    struct slice row, struct account_wish *wish)
{
	for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++)
		note_loss(import, table, name, row, &losses[i], wish);
}

/* ---- teams ---- */

static int put_team(struct import *import, const char *id, const struct account_wish *wish,
    bool is_new, struct error *err)
{
	const char *made;

	if (is_new)
		return team_create(import->store, import->by, id, wish, import->now_ms,
		    import->rows->arena, &made, err);
	return team_update(import->store, import->by, id, wish, import->now_ms, err);
}

/* What stands in the tables and cannot be read is noted, and left out. */
static void leave_out(
    struct import *import, enum import_table table, const char *name, const char *words)
{
	import_note(import, table, name, "it is left out: %.300s", words);
	import->report.counts[table].left++;
}

int import_team(struct import *import, struct slice row, struct error *err)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP };
	const char *id = row_text(row, "team_id", import->rows->arena), *there;
	struct error why = { 0 };

	if (!id || strcmp(id, PANEL_TEAM) == 0)
		return 0;
	wish.alias = row_text(row, "team_alias", import->rows->arena);
	const char *name = wish.alias ? wish.alias : id;
	int known = import_known(import, IMPORT_TEAMS, id, NULL, &there, err);
	if (known < 0)
		return -1;
	if (known == IMPORT_DELETED) {
		leave_out(import, IMPORT_TEAMS, name, "it was deleted here");
		return 0;
	}
	if (import_account(import, IMPORT_TEAMS, name, row, &wish, &why) != 0 ||
	    import_model_budgets(import, IMPORT_TEAMS, name, row, &wish, &why) != 0) {
		leave_out(import, IMPORT_TEAMS, name, why.text);
		return 0;
	}
	note_losses(import, IMPORT_TEAMS, name, row, &wish);
	return import_apply(import, IMPORT_TEAMS, name, id, known, &wish, put_team, err);
}

/* ---- users ---- */

static const char *const user_limits[] = { "max_budget", "tpm_limit", "rpm_limit",
	"max_parallel_requests", "models", "model_max_budget" };

/* An owner of keys: what limits a user there is a key's or a team's here. */
int import_user(struct import *import, struct slice row, struct error *err)
{
	struct arena *arena = import->rows->arena;
	struct import_count *count = &import->report.counts[IMPORT_USERS];
	const char *id = row_text(row, "user_id", arena), *there;
	struct error why = { 0 };

	if (!id)
		return 0;
	int known = import_known(import, IMPORT_USERS, id, NULL, &there, err);
	if (known < 0)
		return -1;
	if (!import->dry_run && key_owner_put(import->store, import->by, id,
				    import_extra(import, row), import->now_ms, &why) != 0) {
		if (why.kind == ERROR_STORE)
			return error_set(err, why.kind, "%s", why.text);
		leave_out(import, IMPORT_USERS, id, why.text);
		return 0;
	}
	*(known == IMPORT_NEW ? &count->made : &count->there) += 1;
	for (size_t i = 0; i < sizeof user_limits / sizeof user_limits[0]; i++)
		if (row_is_filled(row, user_limits[i], arena))
			import_note(import, IMPORT_USERS, id,
			    "%s: a limit is a key's or a team's here", user_limits[i]);
	return 0;
}

/* ---- keys ---- */

/* A user's budget caps the keys that are in no team; one that has no other would have none. */
static void check_key_user(
    struct import *import, const char *name, struct slice row, struct account_wish *wish)
{
	const struct import_table_rows *users = &import->rows->tables[IMPORT_USERS];
	const char *user_id = row_text(row, "user_id", import->rows->arena);

	for (size_t i = 0; user_id && !wish->team_id && i < users->count; i++) {
		if (!json_text_is(json_member(users->rows[i], "user_id"), user_id) ||
		    !row_is_filled(users->rows[i], "max_budget", import->rows->arena) ||
		    wish->budget_count || wish->plan_id)
			continue;
		import_note(import, IMPORT_KEYS, name,
		    "only the max_budget of its user '%.60s' limits it, and a limit is a key's or "
		    "a team's here, so it comes blocked",
		    user_id);
		wish->blocked = WISH_YES;
		return;
	}
}

static int put_key(struct import *import, const char *id, const struct account_wish *wish,
    bool is_new, struct error *err)
{
	struct key_secret none;
	struct virtual_key key;

	if (is_new)
		return key_create(import->store, import->by, wish, import->now_ms,
		    import->rows->arena, &key, &none, err);
	return key_update(import->store, import->by, id, wish, import->now_ms, err);
}

/* A key for models is one here; one for LiteLLM's administration is not. */
static bool is_for_models(struct import *import, struct slice row)
{
	const char *type = row_text(row, "key_type", import->rows->arena);
	const char *routes = row_names(row, "allowed_routes", import->rows->arena);

	if (type && strcmp(type, "default") != 0 && strcmp(type, "llm_api") != 0)
		return false;
	for (struct json_cursor item = json_cursor(slice_of(routes)); json_next(&item);)
		if (!key_routes_known(json_as_slice(item.value, import->rows->arena)))
			return false;
	return true;
}

/* NULL: nothing speaks against it. */
static const char *why_left_out(struct import *import, struct slice row, const char *hash)
{
	if (!hash || strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64)
		return "its token is no SHA-256";
	if (!is_for_models(import, row))
		return "key_type or allowed_routes: it is for LiteLLM's administration; sideways "
		       "keys create --role makes such keys here";
	return NULL;
}

/* The team that a key names and that no row tells of would come without its limits. */
static int check_key_team(
    struct import *import, const char *name, struct account_wish *wish, struct error *err)
{
	const struct import_table_rows *teams = &import->rows->tables[IMPORT_TEAMS];
	const char *there;

	if (!wish->team_id)
		return 0;
	for (size_t i = 0; i < teams->count; i++)
		if (json_text_is(json_member(teams->rows[i], "team_id"), wish->team_id))
			return 0;
	int known = import_known(import, IMPORT_TEAMS, wish->team_id, NULL, &there, err);
	if (known < 0)
		return -1;
	if (known == IMPORT_THERE)
		return 0;
	import_note(import, IMPORT_KEYS, name,
	    "its team '%.60s' is not among the rows, so it comes blocked and in no team",
	    wish->team_id);
	wish->team_id = NULL;
	wish->blocked = WISH_YES;
	return 0;
}

static int read_key_wish(struct import *import, const char *name, struct slice row,
    const char *hash, struct account_wish *out, struct error *err)
{
	struct arena *arena = import->rows->arena;

	out->alias = row_text(row, "key_alias", arena);
	out->hint = row_text(row, "key_name", arena);
	out->team_id = row_text(row, "team_id", arena);
	out->team_must_exist = true;
	out->hash = hash;
	return row_time(row, "expires", &out->expires_ms, err) != 0 ||
		       import_account(import, IMPORT_KEYS, name, row, out, err) != 0
		   ? -1
		   : import_model_budgets(import, IMPORT_KEYS, name, row, out, err);
}

/* A name for notes: the alias, else LiteLLM's "sk-...abcd", else the hash's beginning. */
static const char *name_of(struct import *import, struct slice row)
{
	static const char *const columns[] = { "key_alias", "key_name", "token" };
	const char *name = NULL;

	for (size_t i = 0; !name && i < sizeof columns / sizeof columns[0]; i++)
		name = row_text(row, columns[i], import->rows->arena);
	return name ? name : "?";
}

int import_key(struct import *import, struct slice row, struct error *err)
{
	struct account_wish wish = { 0 };
	const char *hash = row_text(row, "token", import->rows->arena), *id;
	const char *name = name_of(import, row), *refused;
	struct error why = { 0 };
	int64_t created_ms = 0;

	if (json_text_is(json_member(row, "team_id"), PANEL_TEAM))
		return 0; /* a session of LiteLLM's panel */
	if ((refused = why_left_out(import, row, hash))) {
		leave_out(import, IMPORT_KEYS, name, refused);
		return 0;
	}
	(void)row_time(row, "created_at", &created_ms, &why); /* else as if of 1970 */
	wish.id =
	    arena_printf(import->rows->arena, "key-%s", digest_id_from(created_ms, hash).text);
	int known = import_known(import, IMPORT_KEYS, wish.id, hash, &id, err);
	if (known < 0)
		return -1;
	if (known == IMPORT_DELETED || read_key_wish(import, name, row, hash, &wish, &why) != 0) {
		leave_out(import, IMPORT_KEYS, name,
		    known == IMPORT_DELETED ? "it was deleted here" : why.text);
		return 0;
	}
	if (check_key_team(import, name, &wish, err) != 0)
		return -1;
	check_key_user(import, name, row, &wish);
	note_losses(import, IMPORT_KEYS, name, row, &wish);
	return import_apply(import, IMPORT_KEYS, name, id, known, &wish, put_key, err);
}
