/*
 * Who may use the panel: making admins and viewers, giving them passwords, removing them.  Each
 * needs the password of whoever does it again, so that an unlocked screen is not enough.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "panel/pages.h"

#include "base/banned.h"

static int add_admin(void *ctx, const struct admin *admin)
{
	json_t *list = ctx, *one = json_object();

	json_set_all(one, "name role created@ signed_in@", admin->name,
	    admin_role_name(admin->role), admin->created_ms, admin->signed_in_ms);
	json_append(list, one);
	return 0;
}

json_t *page_admins(struct page_call *call, struct error *err)
{
	json_t *list = json_array(), *data;

	if (admins_each(call->store, add_admin, list, err) < 0) {
		json_decref(list);
		return NULL;
	}
	data = json_object();
	json_set_all(data, "admins name", list, form_get(&call->form, "name"));
	return data;
}

static json_t *again(struct page_call *call, const struct error *why, struct error *err)
{
	bool ours = why->kind == ERROR_STORE || why->kind == ERROR_INTERNAL;

	return page_asks_again(call, !ours, why, err) ? page_admins(call, err) : NULL;
}

static int prove(struct page_call *call, struct error *err)
{
	const char *own = form_get(&call->form, "own_password");
	struct admin admin;

	if (admins_sign_in(call->store, call->session->admin, own ? own : "", call->address,
		call->arena, &admin, err) == 0)
		return 0;
	if (err->kind == ERROR_UNAUTHENTICATED)
		return error_set(err, ERROR_UNAUTHENTICATED, "your own password is wrong");
	return -1;
}

static int set_admin(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);
	const char *name = page_form(call, "name"), *password = form_get(&call->form, "password");
	enum admin_role role;

	if (admin_role_parse(page_form(call, "role"), &role, err) < 0 ||
	    admins_check_password(name ? name : "", password ? password : "", err) < 0 ||
	    prove(call, err) < 0)
		return -1;
	if (name && strcmp(name, call->session->admin) == 0 && role != ADMIN_FULL)
		return error_set(err, ERROR_BAD_REQUEST, "you cannot take your own rights away");
	return admins_set(
	    call->store, name ? name : "", password, role, call->session->hash, &by, err);
}

json_t *page_admins_post(struct page_call *call, struct error *err)
{
	struct error why = { 0 };

	if (page_fields(call, "name role password own_password", err) < 0)
		return NULL;
	return set_admin(call, &why) == 0 ? page_redirect(call, "/admins?done=saved")
					  : again(call, &why, err);
}

json_t *page_admins_remove_post(struct page_call *call, struct error *err)
{
	const struct actor by = page_actor(call);
	const char *name = page_form(call, "name");
	struct error why = { 0 };

	if (page_fields(call, "name own_password", err) < 0)
		return NULL;
	if (prove(call, &why) == 0 && admins_remove(call->store, name ? name : "", &by, &why) == 0)
		return page_redirect(call, "/admins?done=removed");
	return again(call, &why, err);
}
