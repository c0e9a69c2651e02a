/*
 * The panel's URLs, below BASE/admin.  See panel/page.h for how to add one.
 */
#include "panel/pages.h"

#include "base/banned.h"

/* A page that those who may look see; a form with what it does when it is sent; a button that does
 * something and shows another page. */
#define SHOW(path, view, template, title, menu)                                                    \
	{                                                                                          \
		"GET", path, ADMIN_VIEWER, view, template, title, menu                             \
	}
#define FORM(path, role, view, template, title, menu)                                              \
	{ "GET", path, role, view, template, title, menu },                                        \
	{                                                                                          \
		"POST", path, role, view##_post, template, title, menu                             \
	}
#define DEED(path, view, title, menu)                                                              \
	{                                                                                          \
		"POST", path, ADMIN_FULL, view, NULL, title, menu                                  \
	}

const struct page pages[] = {
	/* clang-format off */
	SHOW("/", page_overview, "overview", "Overview", "/"),
	SHOW("/usage", page_usage, "usage", "Usage", "/usage"),
	{ "GET", "/export/usage", ADMIN_VIEWER, page_usage_export, NULL, "Usage", "/usage" },
	SHOW("/keys", page_keys, "keys", "Keys", "/keys"),
	FORM("/keys/new", ADMIN_FULL, page_key_new, "key_form", "Create key", "/keys"),
	SHOW("/keys/{}", page_key, "key", "Key", "/keys"),
	FORM("/keys/{}/edit", ADMIN_FULL, page_key_edit, "key_form", "Edit key", "/keys"),
	DEED("/keys/{}/block", page_key_block_post, "Block key", "/keys"),
	DEED("/keys/{}/unblock", page_key_unblock_post, "Unblock key", "/keys"),
	{ "GET", "/keys/{}/rotate", ADMIN_FULL, page_key_names, "key_rotate", "Rotate key", "/keys" },
	{ "POST", "/keys/{}/rotate", ADMIN_FULL, page_key_rotate_post, "key_rotate", "Rotate key", "/keys" },
	DEED("/keys/{}/reset", page_key_reset_post, "Reset spend", "/keys"),
	{ "GET", "/keys/{}/delete", ADMIN_FULL, page_key_names, "key_delete", "Delete key", "/keys" },
	DEED("/keys/{}/delete", page_key_delete_post, "Delete key", "/keys"),
	SHOW("/teams", page_teams, "teams", "Teams", "/teams"),
	FORM("/teams/new", ADMIN_FULL, page_team_new, "team_form", "Create team", "/teams"),
	SHOW("/team", page_team, "team", "Team", "/teams"),
	FORM("/team/edit", ADMIN_FULL, page_team_edit, "team_form", "Edit team", "/teams"),
	DEED("/team/block", page_team_block_post, "Block team", "/teams"),
	DEED("/team/unblock", page_team_unblock_post, "Unblock team", "/teams"),
	{ "GET", "/team/delete", ADMIN_FULL, page_team_delete, "team_delete", "Delete team", "/teams" },
	DEED("/team/delete", page_team_delete_post, "Delete team", "/teams"),
	SHOW("/budgets", page_budgets, "budgets", "Budgets", "/budgets"),
	SHOW("/budgets/{}", page_budget, "budget", "Budget", "/budgets"),
	{ "POST", "/budgets/{}", ADMIN_FULL, page_budget_post, "budget", "Budget", "/budgets" },
	SHOW("/fallbacks", page_fallbacks, "fallbacks", "Fallbacks", "/fallbacks"),
	{ "GET", "/export/fallbacks", ADMIN_VIEWER, page_fallbacks_export, NULL, "Fallbacks", "/fallbacks" },
	SHOW("/requests", page_requests, "requests", "Requests", "/requests"),
	SHOW("/requests/{}", page_request, "request", "Request", "/requests"),
	{ "POST", "/requests/{}", ADMIN_FULL, page_request_post, "request", "Request", "/requests" },
	{ "GET", "/export/requests", ADMIN_VIEWER, page_requests_export, NULL, "Requests", "/requests" },
	SHOW("/models", page_models, "models", "Models", "/models"),
	SHOW("/configuration", page_configuration, "configuration", "Configuration", "/configuration"),
	SHOW("/alerts", page_alerts, "alerts", "Alerts", "/alerts"),
	DEED("/alerts", page_alerts_post, "Mute an alert", "/alerts"),
	FORM("/playground", ADMIN_FULL, page_playground, "playground", "Playground", "/playground"),
	SHOW("/audit", page_audit, "audit", "Audit trail", "/audit"),
	FORM("/admins", ADMIN_FULL, page_admins, "admins", "Admins", "/admins"),
	{ "POST", "/admins/remove", ADMIN_FULL, page_admins_remove_post, "admins", "Admins", "/admins" },
	SHOW("/sessions", page_sessions, "sessions", "Sessions", "/sessions"),
	{ "POST", "/sessions/end", ADMIN_VIEWER, page_sessions_end_post, NULL, "Sessions", "/sessions" },
	FORM("/password", ADMIN_VIEWER, page_password, "password", "Change password", "/sessions"),
	{ "POST", "/sign-out", ADMIN_VIEWER, page_sign_out_post, NULL, "Sign out", "" },
	FORM("/own-usage", ADMIN_NOBODY, page_own_usage, "own_usage", "Usage of a key", ""),
	FORM("/sign-in", ADMIN_NOBODY, page_sign_in, "sign_in", "Sign in", ""),
	FORM("/setup", ADMIN_NOBODY, page_setup, "setup", "First admin", ""),
	/* clang-format on */
};
const size_t page_count = sizeof pages / sizeof pages[0];

const struct menu_entry menu[] = {
	/* clang-format off */
	{ "Overview",      "/",              "Watch" },
	{ "Usage",         "/usage",         NULL },
	{ "Requests",      "/requests",      NULL },
	{ "Fallbacks",     "/fallbacks",     NULL },
	{ "Alerts",        "/alerts",        NULL },
	{ "Keys",          "/keys",          "Allow" },
	{ "Teams",         "/teams",         NULL },
	{ "Budgets",       "/budgets",       NULL },
	{ "Models",        "/models",        NULL },
	{ "Configuration", "/configuration", "Run" },
	{ "Playground",    "/playground",    NULL },
	{ "Audit trail",   "/audit",         NULL },
	{ "Admins",        "/admins",        NULL },
	{ "Sessions",      "/sessions",      NULL },
	/* clang-format on */
};
const size_t menu_count = sizeof menu / sizeof menu[0];
