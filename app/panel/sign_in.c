/*
 * Sign-in, sign-out, and the checks before every page.  See the header.
 */
#include "panel/sign_in.h"

#include <string.h>
#include <strings.h>

#include "accounts/audit_event.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/pages.h"

#include "base/banned.h"

#define COOKIE_SECURE "__Host-sideways"
#define COOKIE_PLAIN  "sideways_session"
#define FORM_SECURE   "__Host-sideways-form"
#define FORM_PLAIN    "sideways_form"
#define WAY_BACK_MAX  900 /* page_redirect has room for 1023 */

/* ---- cookies ---- */

static const char *read_cookie(const struct page_call *call, const char *secure, const char *plain)
{
	const char *value = form_cookie(web_request_variable(call->request, "HTTP_COOKIE"),
	    call->secure ? secure : plain, call->arena);

	/* As digest_new_secret makes them; anything else is not ours. */
	if (!value || strlen(value) != sizeof((struct digest_secret){ 0 }).text - 1 ||
	    strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") !=
		strlen(value))
		return NULL;
	return value;
}

/* "__Host-" wants the path "/"; without HTTPS the cookie goes to the panel alone. */
static void write_cookie(
    struct page_call *call, const char *secure, const char *plain, const char *value)
{
	if (call->secure)
		call->set_cookie =
		    arena_printf(call->arena, "%s=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
			secure, value, *value ? "" : "; Max-Age=0");
	else
		call->set_cookie =
		    arena_printf(call->arena, "%s=%s; Path=%s; HttpOnly; SameSite=Strict%s", plain,
			value, call->base, *value ? "" : "; Max-Age=0");
}

/* The cookie that a form before sign-in belongs to; made when the browser has none. */
static void take_form_cookie(struct page_call *call)
{
	call->cookie = read_cookie(call, FORM_SECURE, FORM_PLAIN);
	if (call->cookie)
		return;
	call->cookie = arena_copy(call->arena, digest_new_secret().text);
	write_cookie(call, FORM_SECURE, FORM_PLAIN, call->cookie);
}

/* ---- was it meant ---- */

/* The host and port of "https://host:port". */
static bool origin_is_here(const char *origin, const char *host)
{
	const char *mark = strstr(origin, "://");

	return mark && host && strcasecmp(mark + 3, host) == 0;
}

/*
 * Browsers say where a form comes from; programs say nothing, and then the token alone decides.
 */
static int check_source(const struct page_call *call, struct error *err)
{
	const char *site = web_request_variable(call->request, "HTTP_SEC_FETCH_SITE");
	const char *origin = web_request_variable(call->request, "HTTP_ORIGIN");
	const char *host = web_request_variable(call->request, "HTTP_HOST");
	bool elsewhere = site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;

	if (origin && !origin_is_here(origin, host)) /* "null", of a sandbox, is not here */
		elsewhere = true;
	if (elsewhere)
		return error_set(err, ERROR_FORBIDDEN, "this form was sent by another site");
	return 0;
}

static int check_token(const struct page_call *call, struct error *err)
{
	const char *token = form_get(&call->form, "token");
	struct digest_hex want;

	if (call->cookie && token) {
		want = admin_session_token(call->cookie);
		if (digest_equal(want.text, strlen(want.text), token, strlen(token)))
			return 0;
	}
	return error_set(err, ERROR_FORBIDDEN,
	    "this form has expired; go back, load the page again and repeat what you did");
}

static bool is_post(const struct page_call *call)
{
	return strcmp(call->request->method, "POST") == 0;
}

/* ---- who asks ---- */

/* 1, 0 or -1. */
static int find_session(struct page_call *call, struct error *err)
{
	struct admin_session *session = arena_alloc(call->arena, sizeof *session);
	int found = 0;

	call->cookie = read_cookie(call, COOKIE_SECURE, COOKIE_PLAIN);
	if (call->cookie)
		found = admin_session_find(call->store, call->cookie, call->arena, session, err);
	if (found == 1)
		call->session = session;
	return found;
}

/* A cookie with SameSite=Strict does not come along when a link of another site was followed. */
static bool came_by_link(const struct page_call *call)
{
	const char *site = web_request_variable(call->request, "HTTP_SEC_FETCH_SITE");

	return !call->cookie && site && (text_is_one_of(site, "cross-site same-site"));
}

static enum admit admit_open(struct page_call *call, struct error *err)
{
	take_form_cookie(call);
	if (!is_post(call))
		return ADMIT_YES;
	return check_source(call, err) < 0 || check_token(call, err) < 0 ? ADMIT_NO : ADMIT_YES;
}

void sign_in_recognise(struct page_call *call)
{
	if (call->store && !call->session)
		(void)find_session(call, NULL); /* the error that is told is another one */
}

enum admit sign_in_admit(struct page_call *call, const struct page *row, struct error *err)
{
	int found;

	if (row->role == ADMIN_NOBODY)
		return admit_open(call, err);
	found = find_session(call, err);
	if (found < 0)
		return ADMIT_NO;
	if (found == 0)
		return !is_post(call) && came_by_link(call) ? ADMIT_AGAIN : ADMIT_SIGN_IN;
	if (call->session->role < row->role) {
		(void)error_set(err, ERROR_FORBIDDEN,
		    "you may look at everything here, but not change anything");
		return ADMIT_NO;
	}
	if (is_post(call) && (check_source(call, err) < 0 || check_token(call, err) < 0))
		return ADMIT_NO;
	return ADMIT_YES;
}

/* "%2e" and the like: hexadecimal, and no control character. */
static bool is_percent(const char *at)
{
	return at[0] && strchr("234567", at[0]) && at[1] &&
	       strchr("0123456789abcdefABCDEF", at[1]) &&
	       !(at[0] == '7' && (at[1] == 'f' || at[1] == 'F'));
}

static bool may_stand(const char *at)
{
	return *at > ' ' && *at <= '~' && !strchr("\\\"<>#", *at) &&
	       (*at != '%' || is_percent(at + 1));
}

/* Has a segment that may be "..", which leads out of the panel ("%2e" is a dot as well)? */
static bool leads_out(const char *path, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (path[i] == '/' && (path[i + 1] == '.' || path[i + 1] == '%'))
			return true;
	return false;
}

/*
 * Can it be gone back to?  A path below the panel with its query, as a browser writes them: one '/'
 * at the front, no backslash, nothing outside printable ASCII, no control character as %0d either.
 */
static bool is_way_back(const char *url)
{
	size_t len = url ? strlen(url) : 0;

	if (len == 0 || len > WAY_BACK_MAX || url[0] != '/' || url[1] == '/' ||
	    leads_out(url, strcspn(url, "?")))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!may_stand(url + i))
			return false;
	return true;
}

const char *sign_in_path(struct page_call *call)
{
	const char *path = form_encode_path(call->request->path + strlen("/admin"), call->arena);
	const char *whole = *call->request->query
				? arena_printf(call->arena, "%s?%s", path, call->request->query)
				: path;
	const char *next = is_way_back(whole) ? whole : path;

	if (is_post(call) || !is_way_back(next) || strcmp(next, "/") == 0)
		return "/sign-in";
	return arena_printf(call->arena, "/sign-in?next=%s", form_encode(next, call->arena));
}

/* ---- pages ---- */

bool sign_in_is_safe(const struct page_call *call)
{
	return call->secure || strncmp(call->address, "127.", 4) == 0 ||
	       strcmp(call->address, "::1") == 0;
}

static json_t *sign_in_form_json(struct page_call *call)
{
	const char *next = form_get(&call->query, "next");
	json_t *data = json_object();

	json_set_all(data, "next refused_over_http?", is_way_back(next) ? next : NULL,
	    !sign_in_is_safe(call));
	return data;
}

json_t *page_sign_in(struct page_call *call, struct error *err)
{
	int64_t count;
	json_t *data;

	if (page_needs_setup(call))
		return page_redirect(call, "/setup");
	count = call->store ? admins_count(call->store, err) : -1;
	if (!call->store)
		*err = call->store_error;
	if (count < 0)
		return NULL;
	if (count == 0)
		return page_redirect(call, "/setup");
	data = sign_in_form_json(call);
	json_set_text(data, "name", NULL);
	return data;
}

/* A failed attempt: the form again, with what is wrong. */
static json_t *sign_in_refused(struct page_call *call, const struct error *why)
{
	json_t *data = sign_in_form_json(call);

	call->problem = arena_copy(call->arena, why->text);
	call->status = why->kind == ERROR_RATE              ? 429
		       : why->kind == ERROR_UNAUTHENTICATED ? 401
							    : 422;
	json_set_text(data, "name", form_get(&call->form, "name"));
	return data;
}

static const char *agent_of(const struct page_call *call)
{
	const char *agent = web_request_variable(call->request, "HTTP_USER_AGENT");
	size_t len = agent ? strlen(agent) : 0;

	for (size_t i = 0; i < len; i++)
		if (agent[i] < 0x20 || agent[i] > 0x7e)
			return "an unknown browser";
	return agent ? agent : "";
}

int sign_in_start(struct page_call *call, const char *name, struct error *err)
{
	struct digest_secret cookie;

	if (admin_session_start(call->store, name, call->address, agent_of(call), &cookie, err) < 0)
		return -1;
	write_cookie(call, COOKIE_SECURE, COOKIE_PLAIN, cookie.text);
	return 0;
}

static void sign_in_note(struct page_call *call, const char *action, const char *name)
{
	const struct actor by = { arena_printf(call->arena, "admin %.64s", name), "panel" };
	const struct audit_record record = { action, "admin", name };
	AUTO_JSON json_t *facts = json_object();

	json_set_text(facts, "address", call->address);
	/* Signing in does not fail for it. */
	(void)audit_note(call->store, &by, &record, name,
	    json_text(facts, JSON_COMPACT, call->arena), call->now_ms, NULL);
}

static int check_way_in(const struct page_call *call, struct error *err)
{
	if (!call->store) {
		*err = call->store_error;
		return -1;
	}
	if (!sign_in_is_safe(call))
		return error_set(
		    err, ERROR_FORBIDDEN, "signing in from another machine needs HTTPS");
	return 0;
}

json_t *page_sign_in_post(struct page_call *call, struct error *err)
{
	const char *name = page_form(call, "name"), *password = form_get(&call->form, "password");
	const char *next = form_get(&call->form, "next");
	struct admin admin;
	struct error why = { 0 };

	if (page_fields(call, "name password next", err) < 0)
		return NULL;
	if (check_way_in(call, err) < 0)
		return NULL;
	if (admins_sign_in(call->store, name ? name : "", password ? password : "", call->address,
		call->arena, &admin, &why) < 0) {
		if (why.kind == ERROR_UNAUTHENTICATED && name)
			sign_in_note(call, "sign_in.refused", name);
		if (why.kind == ERROR_UNAUTHENTICATED || why.kind == ERROR_RATE)
			return sign_in_refused(call, &why);
		*err = why;
		return NULL;
	}
	if (sign_in_start(call, admin.name, err) < 0)
		return NULL;
	sign_in_note(call, "sign_in", admin.name);
	return page_redirect(call, "%s", is_way_back(next) ? next : "/");
}

json_t *page_sign_out_post(struct page_call *call, struct error *err)
{
	if (admin_session_end(call->store, call->cookie, err) < 0)
		return NULL;
	sign_in_note(call, "sign_out", call->session->admin);
	write_cookie(call, COOKIE_SECURE, COOKIE_PLAIN, "");
	return page_redirect(call, "/sign-in");
}
