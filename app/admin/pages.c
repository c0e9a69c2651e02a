/*
 * The panel's URLs, below BASE/admin.  See admin/page.h for how to add one.
 */
#include "admin/pages.h"

#include "base/banned.h"

const struct page pages[] = {
	/* clang-format off */
	{ "GET",  "/",             ADMIN_VIEWER, page_overview,          "overview", "Overview", "/" },
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
	{ "Sessions",      "/sessions" },
	/* clang-format on */
};
const size_t menu_count = sizeof menu / sizeof menu[0];
