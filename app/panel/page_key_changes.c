/*
 * Making, changing, rotating, blocking and deleting keys.  A secret is shown in the answer of the
 * form that made it and nowhere else.
 */
#include <string.h>

#include "accounts/key_change.h"
#include "accounts/new_key.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "panel/account_form.h"
#include "panel/page_key.h"
#include "panel/pages.h"
#include "relay/catalog.h"

#include "base/banned.h"

static const char *key_id(const struct page_call *call)
{
	return arena_copy_slice(call->arena, call->parameter);
}

/* The form again with what is wrong, when it was the user's mistake; else NULL and err. */
static json_t *form_again(
    struct page_call *call, const json_t *key, const struct error *why, struct error *err)
{
	bool mistake = why->kind == ERROR_BAD_REQUEST || why->kind == ERROR_NOT_FOUND;

	return page_asks_again(call, mistake, why, err) ? account_form_json(call, true, key) : NULL;
}

static void set_names(struct page_call *call, json_t *data, const json_t *key)
{
	json_set_all(data, "name id_link", json_read_text(key, "name"),
	    form_encode(json_read_text(key, "id"), call->arena));
}

static json_t *back(struct page_call *call, const char *done)
{
	return page_redirect(
	    call, "/keys/%s?done=%s", form_encode(key_id(call), call->arena), done);
}

/* ---- create ---- */

json_t *page_key_new(struct page_call *call, struct error *err)
{
	return account_form_json(call, true, NULL);
}

static json_t *show_secret(struct page_call *call, const char *id, struct key_secret *secret)
{
	json_t *data = json_object();

	const struct settings *settings = call->catalog ? catalog_settings(call->catalog) : NULL;

	json_set_all(data, "secret url model id_link", secret->text, page_client_url(call),
	    settings && settings->deployment_count > 0 ? settings->deployments[0].group : "MODEL",
	    form_encode(id, call->arena));
	explicit_bzero(secret, sizeof *secret);
	call->template = "key_secret";
	return data;
}

json_t *page_key_new_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);
	struct account_form form;
	struct virtual_key key;
	struct key_secret secret;
	struct error why = { 0 };

	if (account_form_read(call, NULL, &form, &why) < 0)
		return form_again(call, NULL, &why, err);
	if (!*form.wish.team_id)
		form.wish.team_id = NULL;
	if (!*form.wish.alias)
		form.wish.alias = NULL;
	if ((call->catalog && new_key_terms(catalog_settings(call->catalog), call->now_ms,
				  call->arena, &form.wish, &why) < 0) ||
	    key_create(
		call->store, &by, &form.wish, call->now_ms, call->arena, &key, &secret, &why) < 0)
		return form_again(call, NULL, &why, err);
	return show_secret(call, key.id, &secret);
}

/* ---- edit ---- */

json_t *page_key_edit(struct page_call *call, struct error *err)
{
	AUTO_JSON json_t *key = page_key_find(call, err);
	json_t *data;

	if (!key)
		return NULL;
	data = account_form_json(call, true, key);
	set_names(call, data, key);
	return data;
}

json_t *page_key_edit_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);
	AUTO_JSON json_t *key = page_key_find(call, err);
	struct account_form form;
	struct error why = { 0 };
	json_t *data;

	if (!key)
		return NULL;
	if (account_form_read(call, key, &form, &why) == 0 &&
	    key_update(call->store, &by, key_id(call), &form.wish, call->now_ms, &why) == 0)
		return back(call, "saved");
	data = form_again(call, key, &why, err);
	if (data)
		set_names(call, data, key);
	return data;
}

/* ---- block, unblock, delete ---- */

static json_t *page_key_changes_set_blocked(struct page_call *call, bool blocked, struct error *err)
{
	const struct actor by = page_actor(call);

	if (page_fields(call, "", err) < 0 ||
	    key_set_blocked(call->store, &by, key_id(call), blocked, call->now_ms, err) < 0)
		return NULL;
	return back(call, blocked ? "blocked" : "unblocked");
}

json_t *page_key_block_post(struct page_call *call, struct error *err)
{
	return page_key_changes_set_blocked(call, true, err);
}

json_t *page_key_unblock_post(struct page_call *call, struct error *err)
{
	return page_key_changes_set_blocked(call, false, err);
}

/* Of the pages that ask again before a key is deleted or rotated. */
json_t *page_key_names(struct page_call *call, struct error *err)
{
	AUTO_JSON json_t *key = page_key_find(call, err);
	json_t *data = key ? json_object() : NULL;

	if (data)
		set_names(call, data, key);
	return data;
}

json_t *page_key_delete_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);

	if (page_fields(call, "", err) < 0 ||
	    key_delete(call->store, &by, key_id(call), call->now_ms, err) < 0)
		return NULL;
	return page_redirect(call, "/keys?done=deleted");
}

/* ---- rotate, reset ---- */

json_t *page_key_rotate_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);
	const char *hours = page_form(call, "grace_hours");
	struct key_secret secret;
	int64_t grace_hours = 0;

	if (page_fields(call, "grace_hours", err) < 0)
		return NULL;
	if (hours && number_whole(slice_of(hours), 0, 24 * 365, &grace_hours, err) < 0)
		return NULL;
	if (key_rotate(call->store, &by, key_id(call), grace_hours * INT64_C(3600000), NULL,
		call->now_ms, &secret, err) < 0)
		return NULL;
	return show_secret(call, key_id(call), &secret);
}

json_t *page_key_reset_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);

	if (page_fields(call, "", err) < 0 ||
	    key_reset_spend(call->store, &by, key_id(call), 0, call->now_ms, err) < 0)
		return NULL;
	return back(call, "reset");
}
