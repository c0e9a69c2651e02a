/*
 * The first page of a new installation: it looks at the place, makes settings and database where
 * there are none, and the first admin.
 *
 * Whoever does that proves that the gateway is theirs, with one of
 *
 *	a code that `sideways passwd --code` printed (kept in the store, as a hash, for 30 minutes);
 *	the master key of the settings;
 *	SIDEWAYS_SETUP_CODE, from the environment or from secrets.env: for shared hosting, where
 *	there is no shell and nothing else yet.
 *
 * Without it nothing is made and nothing is told about the place.  Once there is an admin, the page
 * does not exist.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts/audit_event.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "panel/installation.h"
#include "panel/pages.h"
#include "panel/sign_in.h"
#include "settings/demo_settings.h"
#include "settings/secrets.h"

#include "base/banned.h"

/* Of SIDEWAYS_SETUP_CODE: nobody guesses that many over the network. */
#define CODE_BYTES_MIN     16
#define SETTINGS_MAX_BYTES 65536 /* all rows of demo_settings.c are under 8 KiB */

/* ---- the form ---- */

/* A file of secrets that is there and not used: the code in it cannot be known then. */
static bool secrets_are_refused(const struct page_call *call)
{
	const char *settings = gateway_settings_file(call->gateway);
	AUTO_FREE char *path = secrets_path(settings ? settings : "");
	struct stat info;

	return stat(path, &info) == 0 && (info.st_mode & SECRETS_MODE_FORBIDDEN);
}

static json_t *setup_form_json(struct page_call *call)
{
	json_t *data = json_object();

	json_set_all(data, "refused_over_http? no_settings? secrets_refused? name",
	    !sign_in_is_safe(call), page_needs_setup(call), secrets_are_refused(call),
	    form_get(&call->form, "name"));
	return data;
}

/* The form again, with what is wrong. */
static json_t *setup_refused(struct page_call *call, const struct error *why)
{
	call->problem = arena_copy(call->arena, why->text);
	call->status = why->kind == ERROR_RATE              ? 429
		       : why->kind == ERROR_UNAUTHENTICATED ? 401
							    : 422;
	return setup_form_json(call);
}

/* Only while there is no admin; afterwards it does not exist. */
static int check_no_admin(struct page_call *call, struct error *err)
{
	int64_t count = call->store ? admins_count(call->store, err) : 0;

	if (count < 0)
		return -1;
	return count == 0 ? 0 : error_set(err, ERROR_NOT_FOUND, "there is no such page");
}

json_t *page_setup(struct page_call *call, struct error *err)
{
	return check_no_admin(call, err) < 0 ? NULL : setup_form_json(call);
}

/* ---- the proof ---- */

static bool is_secret(const char *secret, const char *code)
{
	return secret && *secret && digest_equal(secret, strlen(secret), code, strlen(code));
}

static int check_code(struct page_call *call, const char *code, struct error *err)
{
	const char *master = call->catalog ? catalog_settings(call->catalog)->master_key : NULL;
	const char *named = getenv("SIDEWAYS_SETUP_CODE");

	if (named && *named && strlen(named) < CODE_BYTES_MIN)
		return error_set(err, ERROR_UNAUTHENTICATED,
		    "SIDEWAYS_SETUP_CODE is shorter than %d characters, and is not used",
		    CODE_BYTES_MIN);
	if (is_secret(master, code) || is_secret(named, code))
		return 0;
	if (!call->store)
		return error_set(err, ERROR_UNAUTHENTICATED, "the code is wrong");
	return admins_setup_code_check(call->store, code, call->address, err);
}

/* ---- making what is missing ---- */

/* Models of the providers whose keys are at hand, else made-up ones that cost nothing. */
static int make_settings(const char *path, struct error *err)
{
	AUTO_TEXT struct text settings = text_empty(SETTINGS_MAX_BYTES);
	struct error none; /* no key at hand is no failure */

	if (demo_settings_providers(&settings, &none) < 0) {
		text_release(&settings);
		text_init(&settings, SETTINGS_MAX_BYTES);
		text_puts(&settings, demo_settings_text);
	}
	return demo_settings_write(path, text_slice(&settings), err);
}

/* The last folder of the database's path; what is above it is the owner's to make. */
static void make_folder(struct page_call *call)
{
	AUTO_FREE char *path = gateway_database_path(call->gateway);
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return;
	*slash = '\0';
	(void)mkdir(path, 0700); /* there already, or the doctor says what is wrong with it */
}

/* Files and folders first: nothing is put where it could be given to anybody. */
static int make_place(struct page_call *call, struct doctor *doctor, struct error *err)
{
	const char *path = gateway_settings_file(call->gateway);

	if (page_needs_setup(call) && make_settings(path, err) < 0)
		return -1;
	if (!call->store) {
		make_folder(call);
		gateway_retry(call->gateway);
		if (!call->catalog)
			call->catalog = gateway_catalog(call->gateway, NULL);
		call->store = gateway_store(call->gateway, &call->store_error);
	}
	installation_place(call, doctor);
	return 0;
}

static int make_first(struct page_call *call, const char *name, struct error *err)
{
	const struct actor by = { arena_printf(call->arena, "admin %.64s", name), "panel" };
	const char *password = form_get(&call->form, "password");
	const char *again = form_get(&call->form, "again");

	if (!password || !again || strcmp(password, again) != 0)
		return error_set(err, ERROR_BAD_REQUEST, "the two passwords differ");
	if (admins_check_password(name, password, err) < 0)
		return -1;
	return admins_set_first(call->store, name, password, &by, err);
}

/* The form again, with all that was found. */
static json_t *report(struct page_call *call, struct doctor *doctor)
{
	json_t *data = setup_form_json(call), *found, *way = installation_way(call, doctor);

	if (call->store)
		doctor_running(doctor, call->gateway, call->catalog, call->store, call->now_ms);
	else
		doctor_add(
		    doctor, FINDING_PROBLEM, "database", NULL, "%.500s", call->store_error.text);
	found = doctor_json(doctor);
	if (way) {
		json_set_bool(way, "at_once", true);
		json_set(found, "way", way);
	}
	json_set(data, "installation", found);
	return data;
}

static json_t *setup_fail(struct page_call *call, const struct error *why, struct error *err)
{
	if (why->kind != ERROR_STORE && why->kind != ERROR_INTERNAL)
		return setup_refused(call, why);
	*err = *why;
	return NULL;
}

/* The place was found in order. */
static json_t *setup_finish(struct page_call *call, struct error *err)
{
	const char *name = page_form(call, "name");
	struct error why = { 0 };

	if (check_no_admin(call, err) < 0) /* the database was there all along */
		return NULL;
	if (make_first(call, name ? name : "", &why) < 0)
		return setup_fail(call, &why, err);
	return sign_in_start(call, name, err) < 0 ? NULL : page_redirect(call, "/");
}

static int check_form(struct page_call *call, struct error *err)
{
	if (check_no_admin(call, err) < 0 ||
	    page_fields(call, "do code name password again", err) < 0)
		return -1;
	if (!sign_in_is_safe(call))
		return error_set(
		    err, ERROR_FORBIDDEN, "setting up from another machine needs HTTPS");
	return 0;
}

json_t *page_setup_post(struct page_call *call, struct error *err)
{
	const char *code = page_form(call, "code"), *what = page_form(call, "do");
	struct doctor doctor;
	struct error why = { 0 };

	if (check_form(call, err) < 0)
		return NULL;
	if (check_code(call, code ? code : "", &why) < 0 || make_place(call, &doctor, &why) < 0)
		return setup_fail(call, &why, err);
	if (what && strcmp(what, "look") == 0)
		return report(call, &doctor);
	if (call->store && !doctor_count(&doctor, FINDING_PROBLEM))
		return setup_finish(call, err);
	call->problem = "something is not in order yet; see below what is wrong";
	return report(call, &doctor);
}
