/*
 * The parts that changes of keys and of teams have in common.  See the header.
 */
#include "accounts/account_wish.h"

#include <string.h>

#include "accounts/budget_plans.h"
#include "accounts/name_check.h"
#include "base/digest.h"
#include "base/json_scan.h"

#include "base/banned.h"

#define ALIAS_MAX     128
#define TEAM_ID_MAX   128
#define MODELS_MAX    65536 /* a thousand long names */
#define FREE_TEXT_MAX 65536 /* metadata: shown with every list of keys */
#define SECRET_LEAST                                                                               \
	16 /* with its "sk-": LiteLLM's users have such, and 13 characters by chance are not       \
	      guessed */
#define SECRET_MOST 200
#define HASH_LENGTH (sizeof((struct digest_hex *)0)->text - 1)
#define ID_LENGTH   (sizeof "key-" - 1 + sizeof((struct digest_id *)0)->text - 1)

static int check_json(
    const char *name, const char *json, enum json_type type, size_t most, struct error *err)
{
	if (!json)
		return 0;
	if (strlen(json) > most)
		return error_set(
		    err, ERROR_BAD_REQUEST, "%s: %zu bytes, limit %zu", name, strlen(json), most);
	if (json_scan_check(slice_of(json), err) != 0)
		return error_prefix(err, "%s", name);
	if (json_scan_type(slice_of(json)) != type)
		return error_set(err, ERROR_BAD_REQUEST, "%s: expected %s", name,
		    type == JSON_LIST ? "an array of names" : "an object");
	return 0;
}

/* Of a JSON text, where a control character can only be an escape. */
static bool escapes_control(struct slice text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		const char *at = text.ptr + i;

		if (*at != '\\')
			continue;
		if (strchr("bfnrt", at[1]))
			return true;
		if (i + 4 < text.len && memcmp(at + 1, "u00", 3) == 0 && strchr("0189", at[4]))
			return true;
		i++;
	}
	return false;
}

static int check_models(const char *models, struct error *err)
{
	if (check_json("models", models, JSON_LIST, MODELS_MAX, err) != 0)
		return -1;
	if (!models)
		return 0;
	for (struct json_cursor item = json_cursor(slice_of(models)); json_next(&item);)
		if (json_scan_type(item.value) != JSON_TEXT || item.value.len <= 2)
			return error_set(
			    err, ERROR_BAD_REQUEST, "models: expected an array of names");
		else if (escapes_control(item.value))
			return error_set(
			    err, ERROR_BAD_REQUEST, "models: a name holds a control character");
	return 0;
}

static int check_secret(const char *secret, struct error *err)
{
	size_t len = secret ? strlen(secret) : 0;

	if (!secret)
		return 0;
	if (strncmp(secret, "sk-", 3) != 0 || len < SECRET_LEAST || len > SECRET_MOST)
		return error_set(err, ERROR_BAD_REQUEST,
		    "key: a key of your own begins with sk- and has %d to %d characters",
		    SECRET_LEAST, SECRET_MOST);
	for (size_t i = 0; i < len; i++)
		if (secret[i] <= ' ' || secret[i] > '~')
			return error_set(err, ERROR_BAD_REQUEST,
			    "key: expected letters, digits and signs, without spaces");
	return 0;
}

/* A key is found by its alias as well as by its id, its hash and itself, and may not pass for
 * another one. */
static bool is_alias(const char *alias)
{
	size_t len = strlen(alias);

	if (strncmp(alias, "sk-", 3) == 0)
		return false;
	if (len == ID_LENGTH && strncmp(alias, "key-", 4) == 0)
		return false;
	return !(len == HASH_LENGTH && strspn(alias, "0123456789abcdefABCDEF") == len);
}

static int check_alias(const char *alias, struct error *err)
{
	if (alias && strlen(alias) > ALIAS_MAX)
		return error_set(
		    err, ERROR_BAD_REQUEST, "alias: expected at most %d bytes", ALIAS_MAX);
	if (alias && !is_alias(alias))
		return error_set(err, ERROR_BAD_REQUEST,
		    "alias: expected a name, not what looks like a key (sk-...), the SHA-256 of "
		    "one or the id of one (key-...)");
	return name_check("alias", alias, err);
}

/* A key's team is made when it is not there. */
static int check_team(const struct account_wish *wish, struct error *err)
{
	if (wish->team_id && strlen(wish->team_id) > TEAM_ID_MAX)
		return error_set(
		    err, ERROR_BAD_REQUEST, "team_id: expected at most %d bytes", TEAM_ID_MAX);
	return name_check("team_id", wish->team_id, err);
}

static int check_role(const char *role, struct error *err)
{
	if (!role || strcmp(role, "client") == 0 || strcmp(role, "admin") == 0 ||
	    strcmp(role, "viewer") == 0)
		return 0;
	return error_set(
	    err, ERROR_BAD_REQUEST, "role '%.20s': expected client, admin or viewer", role);
}

static int check_identity(const struct account_wish *wish, struct error *err)
{
	if (check_secret(wish->secret, err) != 0)
		return -1;
	if (!wish->hash || (strlen(wish->hash) == HASH_LENGTH &&
			       strspn(wish->hash, "0123456789abcdef") == HASH_LENGTH))
		return 0;
	return error_set(err, ERROR_BAD_REQUEST, "token: expected a SHA-256 in hexadecimal");
}

/* {"gpt-4o": ["gpt-4o-mini"]}; none of them is asked twice or after itself. */
static int check_fallbacks(const char *fallbacks, struct error *err)
{
	if (check_json("budget_fallbacks", fallbacks, JSON_MAP, MODELS_MAX, err) != 0)
		return -1;
	if (!fallbacks)
		return 0;
	for (struct json_cursor item = json_cursor(slice_of(fallbacks)); json_next(&item);) {
		bool good = json_scan_type(item.value) == JSON_LIST;

		for (struct json_cursor name = json_cursor(item.value); good && json_next(&name);)
			good = json_scan_type(name.value) == JSON_TEXT && name.value.len > 2;
		if (!good)
			return error_set(err, ERROR_BAD_REQUEST,
			    "budget_fallbacks: expected an array of names for each model");
	}
	return 0;
}

int account_wish_check(const struct account_wish *wish, struct error *err)
{
	if (check_alias(wish->alias, err) != 0 || check_team(wish, err) != 0)
		return -1;
	if (wish->plan_id && *wish->plan_id && (wish->budget_count || wish->limits))
		return error_set(err, ERROR_BAD_REQUEST,
		    "budget_id: its limits are followed, so max_budget, budget_duration and rate "
		    "limits cannot be given beside it");
	if (check_role(wish->role, err) != 0 || check_models(wish->models, err) != 0 ||
	    check_fallbacks(wish->budget_fallbacks, err) != 0 || check_identity(wish, err) != 0 ||
	    check_json("metadata", wish->metadata, JSON_MAP, FREE_TEXT_MAX, err) != 0)
		return -1;
	return check_json("extra", wish->extra, JSON_MAP, FREE_TEXT_MAX, err);
}

/* "" takes something away: a new row has NULL for it, and the statement of an update makes it NULL.
 */
static void bind_or_none(
    struct change *change, const char *parameter, const char *text, bool is_new)
{
	change_bind_text(change, parameter, is_new && text && !*text ? NULL : text);
}

static void bind_or(
    struct change *change, const char *parameter, const char *text, const char *otherwise)
{
	change_bind_text(change, parameter, text ? text : otherwise);
}

void account_wish_bind(struct change *change, const struct account_wish *wish, bool is_new)
{
	const char *plan_id = wish->plan_id;

	if (!plan_id && (wish->budget_count || wish->limits))
		plan_id = ""; /* what has limits of its own follows nobody's */
	bind_or_none(change, ":alias", wish->alias, is_new);
	bind_or_none(change, ":plan_id", plan_id, is_new);
	bind_or(change, ":models", wish->models, is_new ? "[]" : NULL);
	bind_or(change, ":metadata", wish->metadata, is_new ? "{}" : NULL);
	bind_or(change, ":extra", wish->extra, is_new ? "{}" : NULL);
	if (wish->blocked == WISH_KEEP && !is_new)
		change_bind_null(change, ":blocked");
	else
		change_bind_int(change, ":blocked", wish->blocked == WISH_YES);
}

void account_wish_budgets_into(struct change *change, const char *scope, const char *id,
    const struct account_wish *wish, int64_t now_ms)
{
	const char *of_models = strcmp(scope, "team") == 0 ? "team_model" : "key_model";
	bool follows = wish->plan_id && *wish->plan_id;

	if (follows)
		budget_plan_follow_into(change, wish->plan_id, now_ms);
	else if (wish->only_these_budgets)
		budgets_stop_all_into(change, scope, id);
	for (size_t i = 0; !follows && i < wish->budget_count; i++)
		budgets_set_into(change, scope, id, &wish->budgets[i], now_ms);
	if (wish->model_budgets)
		budgets_stop_all_into(change, of_models, id);
	for (size_t i = 0; i < wish->model_budget_count; i++)
		budgets_set_into(change, of_models, id, &wish->model_budgets[i], now_ms);
	for (size_t i = 0; i < wish->carry_count; i++)
		budgets_carry_into(change, scope, id, &wish->carries[i]);
}

int account_wish_explain(const struct account_wish *wish, int result, struct error *err)
{
	/* What the database says when a rule of the schema refuses, best known by the rule itself.
	 */
	static const struct {
		const char *said, *words;
		bool names_alias;
	} rules[] = {
		{ "virtual_key.alias", "another key has it", true },
		{ "team.alias", "another team has it", true },
		{ "team.id", "team_id: there is or was a team of this id", false },
		{ "virtual_key.hash", "key: another key has this value", false },
		{ "no such budget", "budget_id: there is no such budget", false },
		{ "no such team", "team_id: there is no such team", false },
	};

	if (result == 0 || !err)
		return result;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (!strstr(err->text, rules[i].said))
			continue;
		if (rules[i].names_alias)
			return error_set(
			    err, ERROR_BAD_REQUEST, "alias '%s': %s", wish->alias, rules[i].words);
		return error_set(err, ERROR_BAD_REQUEST, "%s", rules[i].words);
	}
	return result;
}
