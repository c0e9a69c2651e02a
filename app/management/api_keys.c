/*
 * /key/...: keys in LiteLLM's words.  The changes are accounts/key_change.h's.
 */
#include <stdio.h>
#include <string.h>

#include "accounts/key_change.h"
#include "accounts/new_key.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/json_scan.h"
#include "management/api_operations.h"
#include "management/key_answer.h"
#include "management/wire.h"
#include "views/view_budgets.h"
#include "views/view_keys.h"

#include "base/banned.h"

#define KEYS_MOST 1000 /* in one body */

/* A key may come before its models, as Terraform and imports make them: it is made, and told. */
static void add_warnings(struct api_call *call, const struct account_wish *wish, json_t *answer)
{
	json_t *warnings;
	struct error err;

	if (!answer || (new_key_check_models(call->settings, wish->models, &err) == 0 &&
			   new_key_check_budgets(call->settings, wish, &err) == 0))
		return;
	warnings = json_array();
	json_append(warnings, json_string(err.text));
	json_set(answer, "warnings", warnings);
}

/* The row with the secret in it, which is wiped here. */
static json_t *with_secret(
    struct api_call *call, const char *id, struct key_secret *secret, struct error *err)
{
	json_t *answer = key_answer_now(call, id, err);

	if (answer) {
		json_set_all(answer, "key updated_by", secret->text, call->by.name);
	}
	explicit_bzero(secret, sizeof *secret);
	return answer;
}

/* The period that a budget's followers have, or NULL: it is not there, or has no limit in money. */
static const char *plan_period(struct api_call *call, const char *plan_id, struct error *err)
{
	AUTO_JSON json_t *plans = view_plans(call->store, plan_id, err);
	const json_t *plan = json_array_get(plans, 0);

	return json_is_integer(json_object_get(plan, "limit_nano"))
		   ? arena_copy(call->arena, json_read_text(plan, "period"))
		   : NULL;
}

/* What was spent elsewhere counts against the budgets that the key gets. */
static int carry_spend(
    struct api_call *call, int64_t nano, struct account_wish *wish, struct error *err)
{
	bool follows = wish->plan_id && *wish->plan_id;
	const char *period = follows ? plan_period(call, wish->plan_id, err) : NULL;
	size_t count = follows ? period != NULL : wish->budget_count;
	struct budget_carry *carries = arena_alloc(call->arena, (count + 1) * sizeof *carries);

	if (nano > 0 && count == 0)
		api_notice(call, "spend is left out: the key has no budget that it counts against");
	for (size_t i = 0; nano > 0 && i < count; i++)
		if (budget_carry_make(follows ? period : wish->budgets[i].period,
			call->settings->timezone, nano, 0, call->now_ms, &carries[i], err) != 0)
			return -1;
	wish->carries = carries;
	wish->carry_count = nano > 0 ? count : 0;
	return 0;
}

json_t *key_made(struct api_call *call, const struct api_body *body, struct account_wish *wish,
    struct error *err)
{
	struct key_secret secret;
	struct virtual_key key;
	json_t *answer;

	if (new_key_terms(call->settings, call->now_ms, call->arena, wish, err) != 0 ||
	    carry_spend(call, body_money(body, "spend", 0), wish, err) != 0 ||
	    key_create(
		call->store, &call->by, wish, call->now_ms, call->arena, &key, &secret, err) != 0)
		return NULL;
	answer = with_secret(call, key.id, &secret, err);
	add_warnings(call, wish, answer);
	return answer;
}

json_t *api_key_generate(struct api_call *call, struct error *err)
{
	struct account_wish wish;
	struct api_body body;

	if (key_body_read(call, KEY_GENERATE, &body, err) != 0 ||
	    key_wish_read(call, KEY_GENERATE, &body, NULL, &wish, err) != 0)
		return NULL;
	return key_made(call, &body, &wish, err);
}

/* A key that is a team's and nobody's: LiteLLM marks it in the metadata. */
json_t *api_key_service_account(struct api_call *call, struct error *err)
{
	struct account_wish wish;
	json_t *extra;
	struct api_body body;

	if (key_body_read(call, KEY_GENERATE, &body, err) != 0 ||
	    key_wish_read(call, KEY_GENERATE, &body, NULL, &wish, err) != 0)
		return NULL;
	if (!wish.team_id || !*wish.team_id)
		return json_none(api_wrong(call, "team_id", err,
		    "team_id is required: a service account's key belongs to a team, not to a "
		    "user"));
	if (!json_member(slice_of(wish.metadata ? wish.metadata : "{}"), "service_account_id")
		 .ptr) {
		json_t *mark = json_object();

		json_set_text(mark, "service_account_id",
		    wish.alias ? wish.alias
			       : arena_printf(call->arena, "%s", digest_new_id().text));
		wish.noted = api_json_text(call, mark);
	}
	if (body_text(call, &body, "user_id")) { /* LiteLLM ignores it, too */
		extra = json_read(slice_of(wish.extra), NULL);
		(void)json_object_del(extra, "user_id"); /* it is there */
		wish.extra = api_json_text(call, extra);
		api_notice(call, "user_id is left out: a service account's key is nobody's");
	}
	return key_made(call, &body, &wish, err);
}

/* ---- looking ---- */

static json_t *info_of(struct api_call *call, const char *id, struct error *err)
{
	json_t *info = key_answer_now(call, id, err), *answer;

	if (!info)
		return NULL;
	answer = json_object();
	json_set_all(answer, "key info", wire_same(info, "token"), info);
	return answer;
}

json_t *api_key_info(struct api_call *call, struct error *err)
{
	const char *which = api_query(call, "key");
	struct virtual_key key = call->key;

	if (!which && key.is_master)
		return json_none(api_wrong(call, "key", err,
		    "the master key stands in the settings file; give key=, a key, its SHA-256, id "
		    "or alias"));
	if (which && api_find_key(call, which, &key, err) != 0)
		return NULL;
	if (!api_may_look(call) && strcmp(key.id, call->key.id) != 0) {
		/* As for a key that does not exist: nobody learns which do. */
		call->param = "key";
		return json_none(error_set(err, ERROR_NOT_FOUND, "Key not found in database"));
	}
	return info_of(call, key.id, err);
}

json_t *api_key_info_many(struct api_call *call, struct error *err)
{
	static const struct body_field fields[] = { { "keys", FIELD_NAMES, FIELD_USED, NULL } };
	json_t *names = json_array(), *infos = json_array(), *answer;
	struct api_body body;
	struct virtual_key key;

	if (api_body_read(call, fields, 1, &body, err) != 0)
		goto failed;
	for (struct json_cursor item = json_cursor(json_member(body.json, "keys"));
	     json_next(&item);) {
		const char *which = json_as_text(item.value, call->arena);
		struct error unknown;
		json_t *info;

		if (json_array_size(infos) == KEYS_MOST) {
			(void)api_refuse(call, "keys", err, "keys: at most %d", KEYS_MOST);
			goto failed;
		}
		if (!which || api_find_key(call, which, &key, &unknown) != 0)
			continue; /* as LiteLLM: those that there are */
		info = key_answer_now(call, key.id, err);
		if (!info)
			goto failed;
		json_append(names, wire_same(info, "token"));
		json_append(infos, info);
	}
	answer = json_object();
	json_set_all(answer, "key info", names, infos);
	return answer;
failed:
	json_decref(names);
	json_decref(infos);
	return NULL;
}

/* ---- changing ---- */

/* The key that a body or the path names, and how it is now. */
static json_t *current_key(
    struct api_call *call, const char *which, struct virtual_key *out, struct error *err)
{
	if (!which || !*which)
		return json_none(
		    api_refuse(call, "key", err, "key: expected a key, its SHA-256, id or alias"));
	if (api_find_key(call, which, out, err) != 0)
		return NULL;
	return view_key(call->store, out->id, call->settings->timezone, call->now_ms, err);
}

/* A key in a body as it is told in an answer: never the key itself. */
static const char *key_told(struct api_call *call, const char *which, const char *hint)
{
	if (!which || strncmp(which, "sk-", 3) != 0)
		return which ? which : "";
	return hint ? hint
		    : arena_printf(call->arena, "sk-...%s",
			  strlen(which) > 7 ? which + strlen(which) - 4 : "");
}

static json_t *updated(struct api_call *call, struct slice json, struct error *err)
{
	AUTO_JSON json_t *current = NULL;
	struct account_wish wish;
	struct virtual_key key;
	struct api_body body;
	const char *which;
	json_t *answer;

	if (key_body_read_part(call, KEY_UPDATE, json, &body, err) != 0)
		return NULL;
	which = body_text(call, &body, "key");
	current = current_key(call, which ? which : body_text(call, &body, "key_alias"), &key, err);
	if (!current || key_wish_read(call, KEY_UPDATE, &body, current, &wish, err) != 0 ||
	    key_update(call->store, &call->by, key.id, &wish, call->now_ms, err) != 0)
		return NULL;
	answer = key_answer_now(call, key.id, err);
	if (answer)
		json_set(answer, "key", wire_same(answer, "token"));
	add_warnings(call, &wish, answer);
	return answer;
}

json_t *api_key_update(struct api_call *call, struct error *err)
{
	struct slice json;

	if (api_body_json(call, &json, err) != 0)
		return NULL;
	return updated(call, json, err);
}

/* Each for itself: one that is refused says why, and the others are done. */
json_t *api_key_bulk_update(struct api_call *call, struct error *err)
{
	static const struct body_field fields[] = { { "keys", FIELD_LIST, FIELD_USED, NULL } };
	json_t *answer, *done, *failed;
	struct api_body body;
	size_t count = 0;

	if (api_body_read(call, fields, 1, &body, err) != 0)
		return NULL;
	for (struct json_cursor item = json_cursor(json_member(body.json, "keys"));
	     json_next(&item);)
		count++;
	if (body_state(&body, "keys") != FIELD_GIVEN || count > KEYS_MOST)
		return json_none(api_refuse(call, "keys", err,
		    "keys: expected an array of at most %d objects, each as for /key/update",
		    KEYS_MOST));
	answer = json_object();
	done = json_array();
	failed = json_array();
	for (struct json_cursor item = json_cursor(json_member(body.json, "keys"));
	     json_next(&item);) {
		struct error why = { 0 };
		json_t *info = updated(call, item.value, &why), *row = json_object();

		json_set_all(row, "key key_info",
		    key_told(call, json_as_text(json_member(item.value, "key"), call->arena), NULL),
		    info ? info : json_null());
		if (!info)
			json_set_text(row, "failed_reason", why.text);
		json_append(info ? done : failed, row);
	}
	call->status = 0;
	json_set_all(answer, "total_requested successful_updates failed_updates", (int64_t)count,
	    done, failed);
	return answer;
}

json_t *api_key_regenerate(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *current = NULL;
	const char *which, *grace;
	struct account_wish wish;
	struct key_secret secret;
	struct virtual_key key;
	struct api_body body;
	int64_t grace_ms = 0;

	if (key_body_read(call, KEY_REGENERATE, &body, err) != 0)
		return NULL;
	which = call->parameter.len ? arena_copy_slice(call->arena, call->parameter)
				    : body_text(call, &body, "key");
	grace = body_text(call, &body, "grace_period");
	if (grace && *grace && api_span(call, "grace_period", grace, &grace_ms, err) != 0)
		return NULL;
	current = current_key(call, which, &key, err);
	if (!current || key_wish_read(call, KEY_REGENERATE, &body, current, &wish, err) != 0 ||
	    key_rotate(
		call->store, &call->by, key.id, grace_ms, &wish, call->now_ms, &secret, err) != 0)
		return NULL;
	return with_secret(call, key.id, &secret, err);
}

json_t *api_key_reset_spend(struct api_call *call, struct error *err)
{
	static const struct body_field fields[] = { { "reset_to", FIELD_MONEY, FIELD_USED, NULL } };
	const char *which = arena_copy_slice(call->arena, call->parameter);
	struct virtual_key key;
	struct api_body body;

	if (api_body_read(call, fields, 1, &body, err) != 0)
		return NULL;
	if (body_state(&body, "reset_to") != FIELD_GIVEN)
		return json_none(
		    api_refuse(call, "reset_to", err, "reset_to: expected a number of dollars"));
	if (api_find_key(call, which, &key, err) != 0 ||
	    key_reset_spend(call->store, &call->by, key.id, body_money(&body, "reset_to", 0),
		call->now_ms, err) != 0)
		return NULL;
	return key_answer_now(call, key.id, err);
}

static json_t *api_keys_set_blocked(struct api_call *call, bool blocked, struct error *err)
{
	static const struct body_field fields[] = { { "key", FIELD_TEXT, FIELD_USED, NULL } };
	struct virtual_key key;
	struct api_body body;
	const char *which;

	if (api_body_read(call, fields, 1, &body, err) != 0)
		return NULL;
	which = body_text(call, &body, "key");
	if (!which)
		return json_none(
		    api_refuse(call, "key", err, "key: expected a key, its SHA-256, id or alias"));
	if (api_find_key(call, which, &key, err) != 0 ||
	    key_set_blocked(call->store, &call->by, key.id, blocked, call->now_ms, err) != 0)
		return NULL;
	return key_answer_now(call, key.id, err);
}

json_t *api_key_block(struct api_call *call, struct error *err)
{
	return api_keys_set_blocked(call, true, err);
}

json_t *api_key_unblock(struct api_call *call, struct error *err)
{
	return api_keys_set_blocked(call, false, err);
}

/* ---- deleting ---- */

struct doomed {
	const char *id;
	const char *told; /* as the client called it, but for a key itself: its hint */
};

/* Every key is found before one is deleted: a wrong name changes nothing. */
static int find_doomed(
    struct api_call *call, struct slice list, struct doomed *out, size_t *count, struct error *err)
{
	for (struct json_cursor item = json_cursor(list); json_next(&item); ++*count) {
		const char *which = json_as_text(item.value, call->arena);
		struct virtual_key key;

		if (*count == KEYS_MOST)
			return api_refuse(call, "keys", err, "keys: at most %d", KEYS_MOST);
		if (!which || api_find_key(call, which, &key, err) != 0)
			return -1;
		out[*count].id = key.id;
		out[*count].told = key_told(call, which, key.hint);
	}
	return 0;
}

static int read_doomed(struct api_call *call, struct doomed *out, size_t *count, struct error *err)
{
	static const char *const lists[] = { "keys", "key_aliases" };
	static const struct body_field fields[] = { { "keys", FIELD_NAMES, FIELD_USED, NULL },
		{ "key_aliases", FIELD_NAMES, FIELD_USED, NULL } };
	struct api_body body;
	bool any = false;

	if (api_body_read(call, fields, 2, &body, err) != 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		if (body_state(&body, lists[i]) != FIELD_GIVEN)
			continue;
		any = true;
		if (find_doomed(call, json_member(body.json, lists[i]), out, count, err) != 0)
			return -1;
	}
	return any ? 0 : api_refuse(call, "keys", err, "expected keys or key_aliases, an array");
}

json_t *api_key_delete(struct api_call *call, struct error *err)
{
	struct doomed *doomed = arena_alloc(call->arena, (KEYS_MOST + 1) * sizeof *doomed);
	json_t *answer, *deleted;
	size_t count = 0;

	if (read_doomed(call, doomed, &count, err) != 0)
		return NULL;
	deleted = json_array();
	for (size_t i = 0; i < count; i++) {
		if (key_delete(call->store, &call->by, doomed[i].id, call->now_ms, err) != 0 &&
		    err->kind != ERROR_NOT_FOUND) { /* named twice, or deleted meanwhile */
			json_decref(deleted);
			return NULL;
		}
		json_append(deleted, json_string(doomed[i].told));
	}
	answer = json_object();
	json_set(answer, "deleted_keys", deleted);
	return answer;
}
