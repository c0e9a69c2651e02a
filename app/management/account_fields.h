#ifndef MANAGEMENT_ACCOUNT_FIELDS_H
#define MANAGEMENT_ACCOUNT_FIELDS_H

/*
 * The fields that LiteLLM's keys and teams have in common: out of a body into an account_wish, and
 * out of a view into an answer.
 */
#include <jansson.h>

#include "accounts/account_wish.h"
#include "management/api_body.h"

/* Rows for a table of body fields. */
/* clang-format off */
#define ACCOUNT_FIELDS \
	{ "models",                 FIELD_NAMES, FIELD_USED, NULL }, \
	{ "max_budget",             FIELD_MONEY, FIELD_USED, NULL }, \
	{ "budget_duration",        FIELD_TEXT,  FIELD_USED, NULL }, \
	{ "budget_limits",          FIELD_LIST,  FIELD_USED, NULL }, \
	{ "budget_id",              FIELD_TEXT,  FIELD_USED, NULL }, \
	{ "metadata",               FIELD_MAP,   FIELD_USED, NULL }, \
	{ "tpm_limit",              FIELD_WHOLE, FIELD_USED, NULL }, \
	{ "rpm_limit",              FIELD_WHOLE, FIELD_USED, NULL }, \
	{ "max_parallel_requests",  FIELD_WHOLE, FIELD_USED, NULL }, \
	{ "blocked",                FIELD_BOOL,  FIELD_USED, NULL }, \
	{ "organization_id",        FIELD_TEXT,  FIELD_KEPT, NULL }, \
	{ "tags",                   FIELD_NAMES, FIELD_NOTED, NULL }, \
	{ "soft_budget",            FIELD_MONEY, FIELD_KEPT, "alerts are set in the settings file" }, \
	{ "model_rpm_limit",        FIELD_MAP,   FIELD_REFUSED, "rpm_limit counts all models together" }, \
	{ "model_tpm_limit",        FIELD_MAP,   FIELD_REFUSED, "tpm_limit counts all models together" }, \
	{ "rpm_limit_type",         FIELD_TEXT,  FIELD_REFUSED, "limits are always enforced exactly" }, \
	{ "tpm_limit_type",         FIELD_TEXT,  FIELD_REFUSED, "limits are always enforced exactly" }, \
	{ "guardrails",             FIELD_LIST,  FIELD_REFUSED, "there are no guardrails here" }, \
	{ "disable_global_guardrails", FIELD_BOOL, FIELD_REFUSED, "there are no guardrails here" }, \
	{ "policies",               FIELD_LIST,  FIELD_REFUSED, "there are no policies here" }, \
	{ "prompts",                FIELD_LIST,  FIELD_REFUSED, "there are no stored prompts here" }, \
	{ "disabled_callbacks",     FIELD_LIST,  FIELD_REFUSED, "there are no callbacks here" }, \
	{ "permissions",            FIELD_MAP,   FIELD_REFUSED, "see key_type" }, \
	{ "object_permission",      FIELD_MAP,   FIELD_REFUSED, "there are no MCP servers, agents or vector stores here" }, \
	{ "allowed_vector_store_indexes", FIELD_LIST, FIELD_REFUSED, "there are no vector stores here" }, \
	{ "access_group_ids",       FIELD_LIST,  FIELD_REFUSED, "name the models" }, \
	{ "router_settings",        FIELD_MAP,   FIELD_REFUSED, "routing is set in the settings file, for all alike" }, \
	{ "secret_manager_settings", FIELD_MAP,  FIELD_REFUSED, "there is no secret manager here" }, \
	{ "tpd_limit",              FIELD_WHOLE, FIELD_REFUSED, "tokens a day are not counted; see tpm_limit and max_budget" }, \
	{ "mcp_rpm_limit",          FIELD_MAP,   FIELD_REFUSED, "there are no MCP servers here" }, \
	{ "tag_rpm_limit",          FIELD_MAP,   FIELD_REFUSED, "rpm_limit counts all requests together" }, \
	{ "denied_passthrough_routes", FIELD_LIST, FIELD_REFUSED, "models says which paths a key may use" }, \
	{ "default_estimated_output_tokens", FIELD_WHOLE, FIELD_REFUSED, "what a request may make at most is reckoned, see max_tokens" }, \
	{ "default_estimated_output_tokens_per_model", FIELD_MAP, FIELD_REFUSED, "what a request may make at most is reckoned, see max_tokens" }
/* clang-format on */

/* Fills the common fields of *out, with expires_ms KEY_KEEP.  current is the view of the key or
 * team as it is (an update), or NULL (a new one): an amount without a period keeps the period. */
int account_fields_read(struct api_call *call, const struct api_body *body, const json_t *current,
    struct account_wish *out, struct error *err);

/* model_max_budget, and budget_fallbacks, which only keys have. */
int account_model_budgets_read(struct api_call *call, const struct api_body *body,
    struct account_wish *out, struct error *err);

/* rpm_limit, tpm_limit and max_parallel_requests: KEY_KEEP where the body does not say. */
struct limits account_limits_read(const struct api_body *body);

/* spend, max_budget, budget_duration, budget_reset_at, budget_limits, models, metadata, limits,
 * blocked, budget_id, litellm_budget_table, created_at, updated_at, what was kept, and the empty
 * ones of LiteLLM's fields that are not offered. */
void account_fields_write(json_t *out, const json_t *view);

/* extra's member, or null. */
json_t *account_kept(const json_t *view, const char *name);

#endif
