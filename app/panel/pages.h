#ifndef PANEL_PAGES_H
#define PANEL_PAGES_H

/*
 * Which pages there are: one table, in pages.c, and the functions behind it.
 */
#include "panel/page.h"

extern const struct page pages[];
extern const size_t page_count;
extern const struct menu_entry menu[];
extern const size_t menu_count;

page_view page_playground, page_playground_post, page_own_usage, page_own_usage_post;
page_view page_sign_in, page_sign_in_post, page_sign_out_post, page_setup, page_setup_post;
page_view page_sessions, page_sessions_end_post, page_password, page_password_post;
page_view page_overview, page_usage, page_usage_export, page_alerts, page_alerts_post;
page_view page_keys, page_key, page_key_new, page_key_new_post, page_key_edit, page_key_edit_post;
page_view page_key_block_post, page_key_unblock_post, page_key_names, page_key_rotate_post;
page_view page_key_delete_post, page_key_reset_post;
page_view page_teams, page_team, page_team_new, page_team_new_post, page_team_edit,
    page_team_edit_post;
page_view page_team_block_post, page_team_unblock_post, page_team_delete, page_team_delete_post;
page_view page_budgets, page_budget, page_budget_post, page_audit;
page_view page_admins, page_admins_post, page_admins_remove_post;
page_view page_request, page_request_post, page_requests, page_requests_export, page_fallbacks,
    page_fallbacks_export;
page_view page_models, page_configuration;

#endif
