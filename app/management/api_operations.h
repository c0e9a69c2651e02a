#ifndef MANAGEMENT_API_OPERATIONS_H
#define MANAGEMENT_API_OPERATIONS_H

/*
 * Which calls the management API has: one table, in admin_api.c, and the functions behind it.
 */
#include "management/api_call.h"

enum api_need {
	API_OPEN,   /* open to all: the description of the API */
	API_OWN,    /* any valid key; the handler shows a client only what is its own */
	API_LOOK,   /* master key, admin or viewer key */
	API_CHANGE, /* master key or admin key */
};

struct api_operation {
	enum api_need need;
	api_answer *answer;
	const char *query; /* its parameters there, one space between them; NULL: it looks itself */
};

api_answer api_key_generate, api_key_info, api_key_info_many, api_key_list, api_key_aliases,
    api_key_update, api_key_delete, api_key_block, api_key_unblock, api_key_regenerate,
    api_key_reset_spend, api_key_service_account, api_key_bulk_update;
api_answer api_team_new, api_team_info, api_team_list, api_team_update, api_team_delete,
    api_team_block, api_team_unblock, api_team_list_v2, api_team_available, api_team_permissions,
    api_team_daily;
api_answer api_user_new, api_user_info, api_user_info_v2, api_user_list, api_user_update,
    api_user_delete, api_user_daily;
api_answer api_budget_new, api_budget_info, api_budget_list, api_budget_update, api_budget_delete;
api_answer api_model_info, api_model_info_v2, api_model_group_info, api_supported_params;
api_answer api_spend_logs_v2, api_sums, api_spend_report, api_spend_users;
api_answer api_spend_keys, api_spend_logs, api_global_spend, api_provider_budgets, api_logs;
api_answer api_health, api_cache_ping, api_callbacks, api_config_callbacks;

#endif
