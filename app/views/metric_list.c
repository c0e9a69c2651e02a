/*
 * The table of metrics.  What LiteLLM has keeps LiteLLM's name and unit, and of its labels those
 * that mean something here; hashed_api_key holds the key's id.  End users, addresses and user
 * agents are no labels: clients fill them at will, and each value would be a series for ever.
 */
#include "views/metric_list.h"

#include "base/banned.h"

#define KEY_MODEL_TEAM "hashed_api_key", "api_key_alias", "requested_model", "team", "team_alias"
#define OF_SPEND                                                                                   \
	"hashed_api_key", "api_key_alias", "model", "team", "team_alias", "model_id",              \
	    "requested_model"
#define DEPLOYMENT "litellm_model_name", "model_id", "api_provider"

#define COUNTER(name, unit, query, labels, column, help)                                           \
	{                                                                                          \
		name, METRIC_COUNTER, unit, query, labels, column, NULL, help, METRIC_OF_QUERY     \
	}
#define GAUGE(name, unit, query, labels, column, help)                                             \
	{                                                                                          \
		name, METRIC_GAUGE, unit, query, labels, column, NULL, help, METRIC_OF_QUERY       \
	}
#define TIMES(name, label, what, help)                                                             \
	{                                                                                          \
		name, METRIC_HISTOGRAM, METRIC_SECONDS, SQL_METRICS_TIMES, { label }, 0, what,     \
		    help, METRIC_OF_QUERY                                                          \
	}
#define OF_BUILD(name, labels, help)                                                               \
	{                                                                                          \
		name, METRIC_GAUGE, METRIC_COUNT, 0, labels, 0, NULL, help, METRIC_OF_BUILD        \
	}
#define OF_WAL(name, help)                                                                         \
	{                                                                                          \
		name, METRIC_GAUGE, METRIC_COUNT, 0, LABELS(NULL), 0, NULL, help, METRIC_OF_WAL    \
	}
#define BUDGET(name, unit, figure, help)                                                           \
	{                                                                                          \
		name, METRIC_GAUGE, unit, 0,                                                       \
		    LABELS("scope", "scope_id", "alias", "period", "model"), figure, NULL, help,   \
		    METRIC_OF_BUDGETS                                                              \
	}
#define TIGHTEST(name, whose, labels, figure, help)                                                \
	{                                                                                          \
		name, METRIC_GAUGE, METRIC_DOLLARS, 0, labels, figure, whose, help,                \
		    METRIC_OF_TIGHTEST                                                             \
	}
#define LABELS(...)                                                                                \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

/* clang-format off */
const struct metric_family metric_families[] = {
	/* LiteLLM's names */
	COUNTER("litellm_proxy_total_requests_metric_total", METRIC_COUNT, SQL_METRICS_REQUESTS, LABELS(KEY_MODEL_TEAM, "status_code"), 6, "Requests, by the status told to the client."),
	COUNTER("litellm_proxy_failed_requests_metric_total", METRIC_COUNT, SQL_METRICS_FAILURES, LABELS(KEY_MODEL_TEAM, "exception_status", "exception_class"), 7, "Requests that were not answered well, by the kind of error."),
	COUNTER("litellm_total_requests", METRIC_COUNT, SQL_METRICS_GROUPS, LABELS("requested_model"), 1, "Requests by the model that was asked for."),
	COUNTER("litellm_fallback_count_total", METRIC_COUNT, SQL_METRICS_GROUPS, LABELS("requested_model"), 2, "Requests that left the model group that was asked for."),
	COUNTER("litellm_deployment_successful_fallbacks_total", METRIC_COUNT, SQL_METRICS_FALLBACKS_ANSWERED, LABELS("requested_model", "fallback_model"), 2, "Requests that another model group answered."),
	COUNTER("litellm_deployment_failed_fallbacks_total", METRIC_COUNT, SQL_METRICS_FALLBACKS_FAILED, LABELS("requested_model"), 1, "Requests that left their group and failed all the same."),
	COUNTER("litellm_requests_metric_total", METRIC_COUNT, SQL_METRICS_SPEND, LABELS(OF_SPEND), 7, "Upstream calls that have ended."),
	COUNTER("litellm_spend_metric_total", METRIC_DOLLARS, SQL_METRICS_SPEND, LABELS(OF_SPEND), 8, "Dollars charged by the ledger."),
	COUNTER("litellm_input_tokens_metric_total", METRIC_COUNT, SQL_METRICS_SPEND, LABELS(OF_SPEND), 9, "Input tokens."),
	COUNTER("litellm_output_tokens_metric_total", METRIC_COUNT, SQL_METRICS_SPEND, LABELS(OF_SPEND), 10, "Output tokens."),
	COUNTER("litellm_total_tokens_metric_total", METRIC_COUNT, SQL_METRICS_SPEND, LABELS(OF_SPEND), 11, "Input and output tokens."),
	COUNTER("litellm_cached_tokens_metric_total", METRIC_COUNT, SQL_METRICS_SPEND, LABELS(OF_SPEND), 12, "Input tokens that the provider read from its prompt cache."),
	COUNTER("litellm_deployment_total_requests_total", METRIC_COUNT, SQL_METRICS_DEPLOYMENTS, LABELS(DEPLOYMENT), 3, "Upstream calls by deployment."),
	COUNTER("litellm_deployment_success_responses_total", METRIC_COUNT, SQL_METRICS_DEPLOYMENTS, LABELS(DEPLOYMENT), 4, "Upstream calls that were answered well."),
	COUNTER("litellm_deployment_failure_responses_total", METRIC_COUNT, SQL_METRICS_DEPLOYMENT_FAILURES, LABELS(DEPLOYMENT, "exception_status", "exception_class"), 5, "Upstream calls that failed, by the provider's status (0: none came) and the failure's class."),
	GAUGE("litellm_deployment_state", METRIC_COUNT, SQL_METRICS_DEPLOYMENT_STATE, LABELS("model_id"), 1, "0 healthy, 1 has failed lately or is being probed, 2 cooling down."),
	COUNTER("litellm_deployment_cooled_down_total", METRIC_COUNT, SQL_METRICS_COOLDOWNS, LABELS("model_id"), 1, "Cooldowns that began or were made longer."),
	GAUGE("litellm_in_flight_requests", METRIC_COUNT, SQL_METRICS_OPEN_HOLDS, LABELS(NULL), 0, "Upstream calls that have not ended."),
	COUNTER("litellm_cache_hits_metric_total", METRIC_COUNT, SQL_METRICS_CACHE, LABELS("model"), 1, "Requests that were answered from the response cache."),
	COUNTER("litellm_cache_misses_metric_total", METRIC_COUNT, SQL_METRICS_CACHE, LABELS("model"), 2, "Requests that the response cache could have answered, but did not have."),
	TIMES("litellm_request_total_latency_metric", "requested_model", "request", "Seconds from request to the end of the answer."),
	TIMES("litellm_overhead_latency_metric", "requested_model", "overhead", "Seconds of a request that were not spent waiting for a provider or the client."),
	TIMES("litellm_llm_api_latency_metric", "model", "upstream", "Seconds of an upstream call."),
	TIMES("litellm_llm_api_time_to_first_token_metric", "model", "first_token", "Seconds to the first event of a streamed answer."),
	TIGHTEST("litellm_remaining_api_key_budget_metric", "key", LABELS("hashed_api_key", "api_key_alias"), FIGURE_LEFT, "Dollars left in the tightest budget."),
	TIGHTEST("litellm_api_key_max_budget_metric", "key", LABELS("hashed_api_key", "api_key_alias"), FIGURE_LIMIT, "The limit of the tightest budget, in dollars."),
	TIGHTEST("litellm_remaining_team_budget_metric", "team", LABELS("team", "team_alias"), FIGURE_LEFT, "Dollars left in the tightest budget."),
	TIGHTEST("litellm_team_max_budget_metric", "team", LABELS("team", "team_alias"), FIGURE_LIMIT, "The limit of the tightest budget, in dollars."),
	TIGHTEST("litellm_provider_remaining_budget_metric", "provider", LABELS("api_provider"), FIGURE_LEFT, "Dollars left in the tightest budget."),

	/* our own */
	OF_BUILD("sideways_build_info", LABELS("version", "prices"), "Version of the program and of the prices."),
	BUDGET("sideways_budget_limit_dollars", METRIC_DOLLARS, FIGURE_LIMIT, "The budget's limit."),
	BUDGET("sideways_budget_spent_dollars", METRIC_DOLLARS, FIGURE_SPENT, "Spent in its present window."),
	BUDGET("sideways_budget_held_dollars", METRIC_DOLLARS, FIGURE_HELD, "Set aside for calls that have not ended."),
	BUDGET("sideways_budget_leased_dollars", METRIC_DOLLARS, FIGURE_LEASED, "Leased by processes and not held by calls: free for whoever needs it."),
	BUDGET("sideways_budget_lost_dollars", METRIC_DOLLARS, FIGURE_LOST, "Of what is spent: leased by processes that died, and nobody can account for it."),
	BUDGET("sideways_budget_resets_timestamp_seconds", METRIC_SECONDS, FIGURE_ENDS, "When its window ends; none for a lifetime."),
	COUNTER("sideways_spend_dollars_total", METRIC_DOLLARS, SQL_METRICS_TOTAL_SPEND, LABELS(NULL), 0, "Dollars charged by the ledger, in all."),
	COUNTER("sideways_blocked_upward_total", METRIC_COUNT, SQL_METRICS_GROUPS, LABELS("requested_model"), 3, "Requests for which a dearer fallback was configured and not taken."),
	COUNTER("sideways_not_spent_dollars_total", METRIC_DOLLARS, SQL_METRICS_GROUPS, LABELS("requested_model"), 4, "Dollars that dearer fallbacks would have cost: by the tokens of the answer, or of a usual one, where nobody answered."),
	COUNTER("sideways_not_spent_most_dollars_total", METRIC_DOLLARS, SQL_METRICS_GROUPS, LABELS("requested_model"), 6, "Dollars that dearer fallbacks would have cost at most, by the bounds of those calls."),
	COUNTER("sideways_cache_not_spent_dollars_total", METRIC_DOLLARS, SQL_METRICS_CACHE, LABELS("model"), 3, "Dollars that answers from the response cache would have cost."),
	GAUGE("sideways_cache_bytes", METRIC_COUNT, SQL_METRICS_CACHE_SIZE, LABELS(NULL), 0, "Size of the answers in the response cache (in the database)."),
	GAUGE("sideways_cache_answers", METRIC_COUNT, SQL_METRICS_CACHE_SIZE, LABELS(NULL), 1, "Answers in the response cache (in the database)."),
	COUNTER("sideways_cache_away_total", METRIC_COUNT, SQL_METRICS_CACHE_AWAY, LABELS(NULL), 0, "Times Redis did not answer."),
	COUNTER("sideways_budget_refusals_total", METRIC_COUNT, SQL_METRICS_GROUPS, LABELS("requested_model"), 5, "Requests that a budget refused."),
	COUNTER("sideways_not_called_total", METRIC_COUNT, SQL_METRICS_NOT_CALLED, LABELS(DEPLOYMENT, "state", "reason"), 5, "Times a candidate was skipped or blocked, and why."),
	COUNTER("sideways_holds_ended_total", METRIC_COUNT, SQL_METRICS_ENDED, LABELS("state"), 1, "Holds by how they ended; unknown ones were charged in full."),
	COUNTER("sideways_overrun_dollars_total", METRIC_DOLLARS, SQL_METRICS_DEPLOYMENTS, LABELS(DEPLOYMENT), 5, "Dollars that providers billed above the bounds."),
	GAUGE("sideways_held_dollars", METRIC_DOLLARS, SQL_METRICS_OPEN_HOLDS, LABELS(NULL), 1, "Dollars set aside for calls that have not ended."),
	GAUGE("sideways_cooldown_seconds", METRIC_SECONDS, SQL_METRICS_DEPLOYMENT_STATE, LABELS("model_id"), 2, "Seconds until the deployment may be probed."),
	GAUGE("sideways_alerts", METRIC_COUNT, SQL_METRICS_ALERTS, LABELS("rule"), 1, "Alerts that last, by rule."),
	COUNTER("sideways_traces_total", METRIC_COUNT, SQL_METRICS_TRACES, LABELS("destination", "result"), 2, "Requests whose [traces](traces.md) were sent to a destination, or dropped."),
	GAUGE("sideways_traces_waiting", METRIC_COUNT, SQL_METRICS_TRACES_WAITING, LABELS("destination"), 1, "Requests whose traces a destination has not taken yet."),
	GAUGE("sideways_database_bytes", METRIC_COUNT, SQL_METRICS_FILE, LABELS(NULL), 0, "Size of the database."),
	OF_WAL("sideways_database_wal_bytes", "Size of the file of changes beside it: more than 20 MB [for long](operate.md#who-reads-for-long) is a reader that does not end."),
};
/* clang-format on */
const size_t metric_family_count = sizeof metric_families / sizeof metric_families[0];
