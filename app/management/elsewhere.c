/*
 * Where what LiteLLM manages over HTTP is set here.  See the header.
 */
#include "management/elsewhere.h"

#include <stddef.h>
#include <string.h>

#include "base/banned.h"

#define FILE_ONLY                                                                                  \
	" in the settings file, which is read anew when it changes; whoever steals a key must "    \
	"not point a provider's key elsewhere"

#define NO_SIGN_IN                                                                                 \
	"nobody signs in as a user: people have the panel (sideways passwd), programs have keys "  \
	"(/key/generate)"

#define CACHE                                                                                      \
	"the cache is set under litellm_settings.cache_params, and an answer leaves it when its "  \
	"ttl ends"

#define IN_THE_PANEL "people see it in the panel at /admin/; its figures are in "

#define END_USERS                                                                                  \
	"an end user is whom a request names: litellm_settings.max_end_user_budget gives each a "  \
	"budget, and GET /global/spend/report?group_by=customer has what they spent"

#define NO_PROMPTS                                                                                 \
	"answers are never kept, and prompts (log_prompts) are shown by the panel alone; what "    \
	"was spent is in /spend/logs/v2"

/* A path and all below it.  Those of LiteLLM 1.108.7's own client, of the Terraform provider
 * ncecere/litellm (its internal/contractapi/testdata/provider-operations.golden.json, read
 * 2026-11-30) and of LiteLLM's panel. */
/* clang-format off */
static const struct {
	const char *path, *words;
} places[] = {
	{ "/spend/logs/ui",       NO_PROMPTS },
	{ "/spend/logs/session",  NO_PROMPTS },
	{ "/credentials",         "a provider's key stands with its model (model_list, litellm_params.api_key)" FILE_ONLY },
	{ "/model",               "models are set under model_list" FILE_ONLY },
	{ "/fallback",            "fallbacks are set under litellm_settings.fallbacks" FILE_ONLY },
	{ "/fallbacks",           "fallbacks are set under litellm_settings.fallbacks" FILE_ONLY },
	{ "/config",              "settings are set" FILE_ONLY },
	{ "/router",              "routing is set under router_settings" FILE_ONLY },
	{ "/config_overrides",    "settings are set" FILE_ONLY },
	{ "/get",                 "settings are set" FILE_ONLY },
	{ "/update",              "settings are set" FILE_ONLY },
	{ "/alerting",            "alerts are set under general_settings.alerting" FILE_ONLY },
	{ "/email",               "alerts are set under general_settings.alerting" FILE_ONLY },
	{ "/health/services",     "sideways alerts test sends one message to each destination, and says what came back" },
	{ "/callbacks",           "there are no callbacks here: alerts are set under general_settings.alerting" FILE_ONLY },
	{ "/add/allowed_ip",      "who may reach the gateway is the web server's to say (allow, deny; Require ip)" },
	{ "/delete/allowed_ip",   "who may reach the gateway is the web server's to say (allow, deny; Require ip)" },
	{ "/cache/delete",        CACHE },
	{ "/cache/flushall",      CACHE },
	{ "/cache/settings",      CACHE },
	{ "/cache/redis",         "GET /cache/ping says whether the cache answers" },
	{ "/reload",              "prices are renewed by sideways prices update, and settings are read anew when the file changes" },
	{ "/schedule",            "prices are renewed by sideways prices update, and settings are read anew when the file changes" },
	{ "/health/history",      "nothing is sent to a provider for its health: GET /health has what calls have shown" },
	{ "/health/latest",       "nothing is sent to a provider for its health: GET /health has what calls have shown" },
	{ "/health/shared-status", "nothing is sent to a provider for its health: GET /health has what calls have shown" },
	{ "/health/test_connection", "models are set under model_list; sideways doctor and GET /health?live=true try them" },
	{ "/guardrails",          "there are no guardrails here" },
	{ "/v2/guardrails",       "there are no guardrails here" },
	{ "/policies",            "there are no policies here" },
	{ "/policy",              "there are no policies here" },
	{ "/prompts",             "there are no stored prompts here" },
	{ "/search_tools",        "there are no search tools here" },
	{ "/vector_store",        "there are no vector stores here" },
	{ "/v1/mcp",              "there are no MCP servers here" },
	{ "/v1/agents",           "there are no agents here" },
	{ "/access_group",        "access groups are in the settings file (model_info.access_groups); models of a key or team may name them" },
	{ "/v1/access_group",     "access groups are in the settings file (model_info.access_groups); models of a key or team may name them" },
	{ "/organization",        "there are no organizations here: a team has a budget, limits and models (/team/new)" },
	{ "/v2/organization",     "there are no organizations here: a team has a budget, limits and models (/team/new)" },
	{ "/project",             "there are no projects here: a team has a budget, limits and models (/team/new)" },
	{ "/team/member_add",     "a team is its keys: /key/update with team_id moves a key into it" },
	{ "/team/bulk_member_add", "a team is its keys: /key/update with team_id moves a key into it" },
	{ "/team/member_update",  "a team is its keys: give the key a budget with /key/update" },
	{ "/team/member_delete",  "a team is its keys: /key/delete, or /key/update with another team_id" },
	{ "/team/permissions_update", "a team is its keys, and what a key may do is its key_type" },
	{ "/team/model",          "a team's models are set by /team/update" },
	{ "/jwt",                 "there are no tokens of other issuers here: programs have keys" },
	{ "/invitation",          NO_SIGN_IN },
	{ "/sso",                 NO_SIGN_IN },
	{ "/scim",                NO_SIGN_IN },
	{ "/login",               NO_SIGN_IN },
	{ "/v2/login",            NO_SIGN_IN },
	{ "/v3/login",            NO_SIGN_IN },
	{ "/onboarding",          NO_SIGN_IN },
	{ "/key",                 "keys are at /key/generate, /key/info, /key/list, /key/aliases, /key/update, /key/regenerate, /key/block, /key/delete" },
	{ "/team",                "teams are at /team/new, /team/info, /team/list, /team/update, /team/block, /team/delete; a team is its keys" },
	{ "/budget",              "budgets are at /budget/new, /budget/info, /budget/list, /budget/update, /budget/delete" },
	{ "/management",          "users are at /user/list, budgets at /budget/list, requests at /spend/logs/v2" },
	{ "/audit",               "who changed what is in the panel, under Audit" },
	{ "/public",              "what may be asked for is at /v1/models and /model_group/info" },
	{ "/model_group",         "model groups are at /model_group/info, and are set under model_list" FILE_ONLY },
	{ "/global",              IN_THE_PANEL "/global/spend/report, /global/spend/keys, /global/spend/models, /user/daily/activity" },
	{ "/spend",               IN_THE_PANEL "/global/spend/report, /spend/keys, /spend/tags, /spend/logs/v2" },
	{ "/gateway",             IN_THE_PANEL "/user/daily/activity and /metrics" },
	{ "/agent",               "there are no agents here" },
	{ "/cost",                "sideways simulate works out what traffic would cost; GET /model_group/info has the prices" },
	{ "/user",                "users are the owners of keys here: /user/new, /user/info, /user/list, /user/update, /user/delete" },
	{ "/customer",            END_USERS },
	{ "/end_user",            END_USERS },
	{ "/tag",                 "budgets of tags are set under litellm_settings.tag_budget_config" FILE_ONLY },
};
/* clang-format on */

bool elsewhere_is_open(const char *path)
{
	return strncmp(path, "/sso/", 5) == 0;
}

const char *elsewhere_words(const char *path)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const char *place = places[i].path, *at = path;

		for (; *place && *place == *at; place++)
			at++;
		if (!*place && (*at == '\0' || *at == '/'))
			return places[i].words;
	}
	return NULL;
}
