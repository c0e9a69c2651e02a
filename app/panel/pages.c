/*
 * The panel's URLs, below BASE/admin.  See panel/page.h for how to add one.
 */
#include "panel/pages.h"

#include "base/banned.h"

const struct page pages[] = {
	/* clang-format off */
	{ "GET",  "/",             ADMIN_VIEWER, page_overview,          "overview", "Overview", "/" },
	{ "GET",  "/keys",              ADMIN_VIEWER, page_keys,              "keys",       "Keys", "/keys" },
	{ "GET",  "/keys/new",          ADMIN_FULL,   page_key_new,           "key_form",   "Create key", "/keys" },
	{ "POST", "/keys/new",          ADMIN_FULL,   page_key_new_post,      "key_form",   "Create key", "/keys" },
	{ "GET",  "/keys/{}",           ADMIN_VIEWER, page_key,               "key",        "Key", "/keys" },
	{ "GET",  "/keys/{}/edit",      ADMIN_FULL,   page_key_edit,          "key_form",   "Edit key", "/keys" },
	{ "POST", "/keys/{}/edit",      ADMIN_FULL,   page_key_edit_post,     "key_form",   "Edit key", "/keys" },
	{ "POST", "/keys/{}/block",     ADMIN_FULL,   page_key_block_post,    NULL,         "Block key", "/keys" },
	{ "POST", "/keys/{}/unblock",   ADMIN_FULL,   page_key_unblock_post,  NULL,         "Unblock key", "/keys" },
	{ "GET",  "/keys/{}/rotate",    ADMIN_FULL,   page_key_rotate,        "key_rotate", "Rotate key", "/keys" },
	{ "POST", "/keys/{}/rotate",    ADMIN_FULL,   page_key_rotate_post,   "key_rotate", "Rotate key", "/keys" },
	{ "POST", "/keys/{}/reset",     ADMIN_FULL,   page_key_reset_post,    NULL,         "Reset spend", "/keys" },
	{ "GET",  "/keys/{}/delete",    ADMIN_FULL,   page_key_delete,        "key_delete", "Delete key", "/keys" },
	{ "POST", "/keys/{}/delete",    ADMIN_FULL,   page_key_delete_post,   NULL,         "Delete key", "/keys" },
	{ "GET",  "/teams",             ADMIN_VIEWER, page_teams,             "teams",      "Teams", "/teams" },
	{ "GET",  "/teams/new",         ADMIN_FULL,   page_team_new,          "team_form",  "Create team", "/teams" },
	{ "POST", "/teams/new",         ADMIN_FULL,   page_team_new_post,     "team_form",  "Create team", "/teams" },
	{ "GET",  "/team",              ADMIN_VIEWER, page_team,              "team",       "Team", "/teams" },
	{ "GET",  "/team/edit",         ADMIN_FULL,   page_team_edit,         "team_form",  "Edit team", "/teams" },
	{ "POST", "/team/edit",         ADMIN_FULL,   page_team_edit_post,    "team_form",  "Edit team", "/teams" },
	{ "POST", "/team/block",        ADMIN_FULL,   page_team_block_post,   NULL,         "Block team", "/teams" },
	{ "POST", "/team/unblock",      ADMIN_FULL,   page_team_unblock_post, NULL,         "Unblock team", "/teams" },
	{ "GET",  "/team/delete",       ADMIN_FULL,   page_team_delete,       "team_delete", "Delete team", "/teams" },
	{ "POST", "/team/delete",       ADMIN_FULL,   page_team_delete_post,  NULL,         "Delete team", "/teams" },
	{ "GET",  "/budgets",           ADMIN_VIEWER, page_budgets,           "budgets",    "Budgets", "/budgets" },
	{ "GET",  "/budgets/{}",        ADMIN_VIEWER, page_budget,            "budget",     "Budget", "/budgets" },
	{ "POST", "/budgets/{}",        ADMIN_FULL,   page_budget_post,       "budget",     "Budget", "/budgets" },
	{ "GET",  "/fallbacks",         ADMIN_VIEWER, page_fallbacks,         "fallbacks",  "Fallbacks", "/fallbacks" },
	{ "GET",  "/export/fallbacks",  ADMIN_VIEWER, page_fallbacks_export,  NULL,         "Fallbacks", "/fallbacks" },
	{ "GET",  "/requests",          ADMIN_VIEWER, page_requests,          "requests",   "Requests", "/requests" },
	{ "GET",  "/requests/{}",       ADMIN_VIEWER, page_request,           "request",    "Request", "/requests" },
	{ "GET",  "/export/requests",   ADMIN_VIEWER, page_requests_export,   NULL,         "Requests", "/requests" },
	{ "GET",  "/models",            ADMIN_VIEWER, page_models,            "models",     "Models", "/models" },
	{ "GET",  "/configuration",     ADMIN_VIEWER, page_configuration,     "configuration", "Configuration", "/configuration" },
	{ "GET",  "/alerts",            ADMIN_VIEWER, page_alerts,            "alerts",     "Alerts", "/alerts" },
	{ "GET",  "/audit",             ADMIN_VIEWER, page_audit,             "audit",      "Audit trail", "/audit" },
	{ "GET",  "/admins",            ADMIN_FULL,   page_admins,            "admins",     "Admins", "/sessions" },
	{ "POST", "/admins",            ADMIN_FULL,   page_admins_post,       "admins",     "Admins", "/sessions" },
	{ "POST", "/admins/remove",     ADMIN_FULL,   page_admins_remove_post, "admins",    "Admins", "/sessions" },
	{ "GET",  "/sessions",     ADMIN_VIEWER, page_sessions,          "sessions", "Sessions", "/sessions" },
	{ "POST", "/sessions/end", ADMIN_VIEWER, page_sessions_end_post, NULL,       "Sessions", "/sessions" },
	{ "GET",  "/password",     ADMIN_VIEWER, page_password,          "password", "Change password", "/sessions" },
	{ "POST", "/password",     ADMIN_VIEWER, page_password_post,     "password", "Change password", "/sessions" },
	{ "POST", "/sign-out",     ADMIN_VIEWER, page_sign_out_post,     NULL,       "Sign out", "" },
	{ "GET",  "/sign-in",      ADMIN_NOBODY, page_sign_in,           "sign_in",  "Sign in", "" },
	{ "POST", "/sign-in",      ADMIN_NOBODY, page_sign_in_post,      "sign_in",  "Sign in", "" },
	{ "GET",  "/setup",        ADMIN_NOBODY, page_setup,             "setup",    "First admin", "" },
	{ "POST", "/setup",        ADMIN_NOBODY, page_setup_post,        "setup",    "First admin", "" },
	/* clang-format on */
};
const size_t page_count = sizeof pages / sizeof pages[0];

const struct menu_entry menu[] = {
	/* clang-format off */
	{ "Overview",      "/" },
	{ "Alerts",        "/alerts" },
	{ "Keys",          "/keys" },
	{ "Teams",         "/teams" },
	{ "Budgets",       "/budgets" },
	{ "Fallbacks",     "/fallbacks" },
	{ "Requests",      "/requests" },
	{ "Models",        "/models" },
	{ "Configuration", "/configuration" },
	{ "Audit trail",   "/audit" },
	{ "Sessions",      "/sessions" },
	/* clang-format on */
};
const size_t menu_count = sizeof menu / sizeof menu[0];
