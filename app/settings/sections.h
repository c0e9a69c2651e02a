#ifndef SETTINGS_SECTIONS_H
#define SETTINGS_SECTIONS_H

/*
 * The structured values of litellm_settings, router_settings and sideways_settings.
 */
#include "settings/schema.h"

schema_read sections_provider_budgets;
schema_read sections_tag_budgets;
schema_read sections_timezone;
schema_read sections_routing_strategy;
schema_read sections_bank;
schema_read sections_on_low_budget, sections_budget_status, sections_answer_model;
schema_read sections_late_answers;
schema_read sections_lease_share;
schema_read sections_prices;
schema_read sections_max_price_ratio;
schema_read sections_tiers;
schema_read sections_key_json; /* default_key_generate_params: what is JSON of a key */

/* The tiers cheap (up to $1.00 blended), mid (up to $8.00) and premium, and the timezone UTC. */
void sections_defaults(struct reading *reading);

#endif
