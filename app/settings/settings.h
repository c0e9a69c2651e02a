#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

/*
 * Everything the settings file says, as typed data.  Made by settings_load, never changed
 * afterwards, freed whole with settings_free.  Safe to read from any number of threads.
 *
 * Names are LiteLLM's; what a key means and its default stand in schema.c, one row a key.
 * Text fields are NULL when absent.  Times are milliseconds, money is nano-dollars.  An int64
 * that was not given is SETTING_UNSET, so that 0 keeps its meaning ("num_retries: 0").
 * Each part remembers where it stood, so that later layers can still name the place.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/allowed_tools.h"
#include "settings/plain_settings.h"

#define SETTING_UNSET      INT64_MIN
#define SETTING_WEIGHT_ONE 1000000 /* weights are kept in millionths, because LiteLLM takes 0.9 */

/* Where something stood: line and column count from 1; file is owned by the settings. */
struct origin {
	const char *file;
	int line;
	int column;
};

struct settings_pair { /* header name and value, alias and group, parameter and JSON text */
	char *name;
	char *value;
	bool hidden; /* of an alias: not listed in /v1/models */
	struct origin origin;
};

struct settings_pairs {
	struct settings_pair *items;
	size_t count;
};

/* Prices of prompts longer than that many tokens, all of them, up to the next step; 0: none. */
#define PRICE_STEPS_MOST 4
struct price_step {
	int64_t from_tokens, input_pico, output_pico;
	int64_t cache_read_pico; /* below 0: in the proportion of input */
};

/* Prices of another tier than the standard one, as those below. */
struct served_prices {
	int64_t input_pico, output_pico, cache_read_pico;
};

/* Prices that a deployment names itself, per token in pico-dollars; SETTING_UNSET when not given.
 */
struct settings_prices {
	int64_t input_pico, output_pico;
	int64_t cache_read_pico, cache_write_pico, cache_write_1h_pico;
	int64_t reasoning_pico;
	int64_t audio_input_pico, audio_output_pico;
	int64_t image_input_pico, image_output_pico;
	int64_t per_image_nano, per_character_pico, per_second_nano, per_query_nano;
	int64_t long_from_tokens, long_input_pico, long_output_pico, long_cache_read_pico;
	struct price_step steps[PRICE_STEPS_MOST]; /* where there are more than one */
	int64_t per_request_nano;                  /* input_cost_per_request */
	int64_t cache_write_12h_pico, cache_read_audio_pico;
	int64_t off_input_pico, off_output_pico, off_cache_read_pico;
	struct served_prices flex, priority;
	char *off_peak_hours; /* as prices/price_hours.h reads them; NULL: none */
};

/* Answers kept for requests that are asked again (cache, cache_params). */
enum cache_type { CACHE_SQLITE, CACHE_REDIS };
enum cache_call { CACHE_COMPLETION = 1, CACHE_TEXT_COMPLETION = 2, CACHE_EMBEDDING = 4 };

struct cache_settings {
	bool enabled; /* default off */
	enum cache_type type;
	int64_t ttl_ms;          /* default 10 minutes */
	int64_t max_bytes;       /* of all answers in the store, default 256 MiB */
	int64_t max_entry_bytes; /* of one answer, default 1 MiB */
	bool shared;             /* between keys; default: each key has its own */
	bool only_repeatable;    /* temperature 0 and embeddings; default on */
	bool on_demand;          /* only for requests that ask for it */
	unsigned call_types;     /* of enum cache_call */
	const char *name_space;  /* default "" */
	const char *redis_host;  /* NULL: 127.0.0.1 */
	int64_t redis_port, redis_db;
	char *redis_username, *redis_password; /* NULL: none */
	int64_t redis_timeout_ms;              /* to connect and of each answer, default 200 */
};

struct prompt_settings { /* log_prompts: nothing is kept without keys */
	char **keys;     /* their aliases or ids; "*" is all */
	size_t key_count;
	int64_t days;       /* default 7 */
	bool traces;        /* they go out with traces, too; default off */
	const char *secret; /* of SIDEWAYS_PROMPT_KEY: there is one where there are keys */
};

/* What a new key gets, or the most that it may get; SETTING_UNSET and NULL: nothing is said. */
struct new_key_settings {
	int64_t max_budget_nano;
	const char *budget_duration; /* NULL: a lifetime */
	int64_t duration_ms;         /* until it expires */
	int64_t rpm, tpm, parallel;
	const char *models, *tags, *allowed_routes; /* JSON arrays */
	const char *metadata, *user_id;             /* a JSON object, a JSON text */
	char *team_id;
};

/* Who is told of alerts. */
enum alert_shape { ALERT_JSON, ALERT_LITELLM, ALERT_SLACK, ALERT_DISCORD, ALERT_TEAMS, ALERT_MAIL };

struct alert_destination {
	char *name; /* "slack-1a2b3c4d": its kind, and where it is without telling */
	enum alert_shape shape;
	char *url;      /* of a webhook, or of an SMTP server with its user; a secret */
	char *to;       /* of mail: addresses, each after a comma */
	char *from;     /* of mail */
	char *sendmail; /* program for mail, when there is no SMTP server */
};

struct alert_settings {
	struct alert_destination *destinations;
	size_t destination_count;
	int64_t fallback_rate_percent; /* default 5 */
	int64_t error_rate_percent;    /* default 10 */
	int64_t minimum_requests;      /* fewer in five minutes say nothing; default 20 */
	int64_t disk_free_mib;         /* default 500 */
	char *budget_percents;         /* JSON array, default [50,80,100] */
	char **off;                    /* names of rules */
	size_t off_count;
};

/* Who gets traces (settings/trace_sections.h). */
enum trace_dialect { TRACE_PLAIN, TRACE_LANGFUSE, TRACE_OPENINFERENCE };

struct trace_destination {
	const char *name; /* "langfuse" */
	const char *url;
	struct settings_pairs headers; /* secrets */
	const char *service;           /* for this one; NULL: that of all */
	enum trace_dialect dialect;    /* further attributes that it reads */
	bool protobuf;                 /* else JSON */
	bool successes, failures;      /* requests that it is told of */
};

struct trace_settings {
	struct trace_destination *items;
	size_t count;
	const char *service;
	struct settings_pairs resource; /* OTEL_RESOURCE_ATTRIBUTES */
};

/* Where a model of Bedrock or Vertex is, and with whose credentials it is called
 * (settings/cloud_names.h).  Each NULL: not given. */
struct cloud_settings {
	char *region;   /* AWS's region or Vertex' location; never NULL at these two providers */
	char *route;    /* of "bedrock/converse/...": how the model is called; NULL: by its name */
	char *model_id; /* what is sent in place of the model, which names the price */
	char *endpoint; /* as api_base, in AWS's word */
	/* AWS */
	char *key_id, *secret, *session_token;
	char *profile; /* of ~/.aws */
	char *role, *role_session, *external_id, *web_identity, *sts_endpoint;
	/* Vertex */
	char *project;
	char *credentials; /* JSON text, or the path of such a file */
};

/* One entry of model_list. */
struct deployment {
	char
	    *id; /* model_info.id, else "<model_name>-" and 12 hex digits of the parameters' hash */
	char *group;    /* model_name as written; may hold '*' */
	char *provider; /* "openai" of "openai/gpt-4o"; custom_llm_provider wins; "claude" is
			   "anthropic" */
	char *model;    /* what follows the provider: "gpt-4o"; may hold '*' */
	char *
	    api_key; /* already resolved; NULL: the provider's own variable is used by the caller */
	char *api_base;
	char *api_version;
	char *organization;
	struct cloud_settings cloud;
	struct settings_pairs extra_headers;
	struct settings_pairs
	    parameters; /* default OpenAI parameters; value is JSON text: "0.2", "\"high\"" */
	int64_t rpm, tpm, max_parallel_requests, weight, order;
	int64_t timeout_ms, stream_timeout_ms;
	int64_t num_retries, cooldown_ms;
	int64_t max_budget_nano;
	char *budget_duration; /* "1d" when max_budget is given without one */
	char *mock_response;
	bool mock_response_set;
	struct settings_prices prices; /* litellm_params and model_info together */
	char *base_model;              /* for the price: model_info.base_model */
	char *mode;                    /* model_info.mode: chat, embedding, ... */
	char *tier;                    /* model_info.tier, one of the tiers' names */
	int64_t max_input_tokens, max_output_tokens;
	bool supports_vision_set, supports_vision;
	bool supports_tools_set, supports_tools;             /* supports_function_calling */
	struct allowed_tool server_tools[SERVER_TOOL_COUNT]; /* that may run at the provider */
	struct settings_pairs traits;        /* model_info: columns of config/models.tsv */
	struct settings_pairs access_groups; /* model_info: names by which keys may allow it */
	struct settings_pairs tags; /* enable_tag_filtering: names, whose requests it is for */
	bool filters_by_tag_set, filters_by_tag; /* model_info.enable_tag_filtering */
	struct settings_pairs own_info; /* model_info: words without effect; value is JSON text */
	bool insecure_http;   /* api_base is http:// or sideways says local: plain HTTP allowed */
	struct origin origin; /* of the list entry */
	struct origin model_origin;
	/* What is wrong with the entry, "file:line:column: ...", so that it is never called; NULL:
	 * nothing.  What could not be read is then absent; group, provider, model and id never
	 * are. */
	char *fault;
	/* Of an entry of pass_through_endpoints (settings/pass_through.h): "GET, POST"; NULL: it is
	 * of model_list. */
	const char *methods;
	bool include_subpath;
	bool price_unsure; /* its own prices or tier are among what could not be read */
};

/* One group and who may stand in for it, in order.  group "*" is default_fallbacks. */
struct fallback_chain {
	char *group;
	struct settings_pair *targets; /* name is the target; value is NULL */
	size_t target_count;
	struct origin origin;
};

struct fallback_chains {
	struct fallback_chain *items;
	size_t count;
};

struct tier_band { /* in rising order of price */
	char *name;
	int64_t up_to_pico; /* blended price per token, inclusive; INT64_MAX for the last */
};

struct named_budget { /* of a provider, of a tag */
	char *name;
	int64_t max_budget_nano;
	char *budget_duration;
	struct origin origin;
};
struct named_budgets {
	struct named_budget *items;
	size_t count;
};

enum low_budget_rule { LOW_BUDGET_REFUSE, LOW_BUDGET_CLAMP };
enum late_answer_rule { LATE_ANSWERS_WAIT, LATE_ANSWERS_ABORT };

struct settings {
	char *file;
	char *digest; /* hex SHA-256 over all files read: the version of the settings */
	struct origin_files *files;    /* internal to settings/ */
	const struct field_seen *seen; /* the same; settings_origin reads it */

	struct deployment *deployments;
	size_t deployment_count;
	struct settings_pairs aliases; /* model_group_alias: name -> group */

	struct fallback_chains fallbacks;
	struct fallback_chains context_window_fallbacks;
	struct fallback_chains content_policy_fallbacks;

	int64_t num_retries;        /* default 2 */
	int64_t request_timeout_ms; /* of one attempt: request_timeout / timeout; default 600 000 */
	int64_t stream_timeout_ms;  /* SETTING_UNSET: as request_timeout */
	int64_t allowed_fails; /* default 3: the breaker opens at that many failures in a minute */
	int64_t cooldown_ms;   /* default 30 000 */
	int64_t default_max_parallel_requests; /* of a deployment */
	int64_t max_parallel_requests;         /* of the whole proxy, over all processes */
	bool disable_cooldowns;
	char *
	    leads_nowhere; /* "file:line:column: fallbacks: ...", the first that does; NULL: none */
	bool filters_by_tag, any_tag; /* enable_tag_filtering, tag_filtering_match_any */
	bool drop_params;
	bool tells_cost, tells_upstream_limits, tells_api_base; /* to clients */
	bool rejects_tags;                                      /* that clients name */

	char *master_key;
	int64_t max_budget_nano; /* proxy-wide; SETTING_UNSET: none; 0 means no money at all */
	char *budget_duration;
	struct named_budgets provider_budgets, tag_budgets;
	int64_t max_user_budget_nano; /* of each end user, for ever */
	char *user_budget_id;         /* or a plan that each of them follows */
	char *timezone;               /* IANA name for calendar windows, default "UTC" */

	/* sideways_settings */
#define SETTINGS_NUMBER_FIELD(key, field, ...) int64_t field;
#define SETTINGS_WORDS_FIELD(key, field, ...)  char *field;
	SETTINGS_PLAIN(SETTINGS_NUMBER_FIELD, SETTINGS_WORDS_FIELD)
	int64_t max_body_bytes; /* default 32 MiB */
	enum low_budget_rule on_low_budget;
	char *bank;                /* postgresql://..., or NULL: the database of this machine */
	char *bank_password;       /* for it; NULL: none, or in `bank` */
	char *panel_address;       /* of this machine's own panel; NULL: not known */
	bool leases_enabled;       /* holds in memory, from leases */
	int64_t leases_share_ppm;  /* one lease at most, of what is free; default 50 000 */
	int64_t leases_lasting_ms; /* that a lease is to last, default 1 000 */
	bool answers_name_asked;   /* answer_model: asked */
	int budget_status;         /* told when money is gone: 429 (default), 402 or 400 */
	enum late_answer_rule late_answers; /* whole answers that nobody waits for: waited for, or
					       cut */
	int64_t max_price_ratio_percent;    /* of the first choice's price; 0: no limit */
	int64_t retry_budget_percent;       /* extra attempts per 100 requests, default 20 */
	int64_t
	    retry_budget_floor; /* extra attempts in 10 s that are always allowed, default 100 */
	struct settings_pairs extra_prices; /* "provider/model" -> {"input": 0.28, "output": 0.42,
					       ...} as JSON text, USD per million tokens */
	struct tier_band *tiers;
	size_t tier_count;
	char *metrics_key;    /* that a scraper presents; NULL: only the master key */
	char **metrics_allow; /* addresses and networks that need no key */
	struct origin *metrics_allow_origins; /* one for each */
	size_t metrics_allow_count;
	char **cors_origins; /* "https://app.example.com", "*" */
	size_t cors_origin_count;
	struct alert_settings alerts;
	struct trace_settings traces;
	struct cache_settings cache;
	struct prompt_settings prompts;
	struct new_key_settings new_keys;      /* default_key_generate_params */
	struct new_key_settings new_keys_most; /* upperbound_key_generate_params */
};

void settings_free(struct settings *settings);

/* Where a field of this struct was set, by its offset; without a line when nothing sets it. */
struct origin settings_origin(const struct settings *settings, size_t offset);

/* The chain of a group in one of the three lists: the group's own, else that of "*"; NULL: none. */
const struct fallback_chain *settings_chain(
    const struct fallback_chains *chains, const char *group);

#endif
