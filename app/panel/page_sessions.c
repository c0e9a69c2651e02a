/*
 * Who is signed in, ending that, and one's own password.
 */
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/pages.h"

#include "base/banned.h"

/* Everybody sees their own; an admin sees all. */
json_t *page_sessions(struct page_call *call, struct error *err)
{
	json_t *all = admin_sessions_json(call->store, err), *data, *shown, *one;
	size_t i;

	if (!all)
		return NULL;
	data = json_object();
	shown = json_array();
	json_array_foreach(all, i, one)
	{
		const char *admin = json_read_text(one, "admin");
		const char *id = json_read_text(one, "id");
		bool own = strcmp(admin, call->session->admin) == 0;

		if (!own && call->session->role != ADMIN_FULL)
			continue;
		json_set_bool(one, "this_one", strcmp(id, call->session->id) == 0);
		json_array_append(shown, one);
	}
	json_decref(all);
	json_set(data, "sessions", shown);
	return data;
}

json_t *page_sessions_end_post(struct page_call *call, struct error *err)
{
	const char *id = page_form(call, "id");
	const struct actor by = page_actor(call);
	bool all = call->session->role == ADMIN_FULL;

	if (page_fields(call, "id", err) < 0 ||
	    admin_session_end_id(
		call->store, id ? id : "", all ? NULL : call->session->admin, &by, err) < 0)
		return NULL;
	return page_redirect(call, "/sessions?done=ended");
}

json_t *page_password(struct page_call *call, struct error *err)
{
	return json_object();
}

static int change_password(struct page_call *call, struct error *err)
{
	const char *old = form_get(&call->form, "old"),
		   *password = form_get(&call->form, "password");
	const char *again = form_get(&call->form, "again");
	const struct actor by = page_actor(call);
	struct admin admin;

	if (!old || !password || !again || strcmp(password, again) != 0)
		return error_set(err, ERROR_BAD_REQUEST, "the two new passwords differ");
	if (admins_check_password(call->session->admin, password, err) < 0)
		return -1;
	if (admins_sign_in(call->store, call->session->admin, old, call->address, call->arena,
		&admin, err) < 0)
		return -1;
	return admins_set(call->store, call->session->admin, password, ADMIN_NOBODY,
	    call->session->hash, &by, err);
}

json_t *page_password_post(struct page_call *call, struct error *err)
{
	struct error why = { 0 };
	bool ours;

	if (page_fields(call, "old password again", err) < 0)
		return NULL;
	if (change_password(call, &why) == 0)
		return page_redirect(call, "/sessions?done=password");
	ours = why.kind == ERROR_STORE || why.kind == ERROR_INTERNAL;
	return page_asks_again(call, !ours, &why, err) ? json_object() : NULL;
}
