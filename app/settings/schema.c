/*
 * The table of all keys.
 *
 * Columns: sections, key, type, least and most (in the stored unit), default, place, note, reader,
 * and what it means: `sideways help settings`, docs/settings.md and sideways.yaml(5) say what
 * stands here and nothing else (make docs writes the second anew). The names are LiteLLM's, and a
 * key of litellm_settings or router_settings is taken from either, because LiteLLM's own documents
 * use both.  The notes of unsupported keys follow the words "is not used: ".
 */
#include "settings/schema.h"

#include "settings/alert_sections.h"
#include "settings/cache_sections.h"
#include "settings/chains.h"
#include "settings/cloud_names.h"
#include "settings/deployment_fields.h"
#include "settings/plain_settings.h"
#include "settings/sections.h"
#include "settings/trace_sections.h"
#include "settings/watch_sections.h"

#include "base/banned.h"

#define P  IN_PARAMS
#define I  IN_INFO
#define L  IN_LITELLM
#define R  IN_ROUTER
#define G  IN_GENERAL
#define S  IN_SIDEWAYS
#define LR (IN_LITELLM | IN_ROUTER)

#define NONE         SETTING_UNSET
#define IN_S(member) offsetof(struct settings, member)
#define IN_D(member) offsetof(struct deployment, member)
#define COUNT        INT64_C(1000000000000)
#define HOUR         INT64_C(3600000)
#define DAY          (24 * HOUR)
#define DOLLARS      (INT64_C(1000000000) * 1000000000)
#define A_DOLLAR     INT64_C(1000000000000) /* per token, in pico-dollars */
#define KIB          INT64_C(1024)

#define UNSUPPORTED(sections, key, note)                                                           \
	{                                                                                          \
		sections, key, TYPE_UNSUPPORTED, 0, 0, NONE, 0, note, NULL, NULL                   \
	}
#define SPECIAL(sections, key, read, about)                                                        \
	{                                                                                          \
		sections, key, TYPE_SPECIAL, 0, 0, NONE, 0, NULL, read, about                      \
	}
#define NESTED(sections, key, about)                                                               \
	{                                                                                          \
		sections, key, TYPE_NESTED, 0, 0, NONE, 0, NULL, NULL, about                       \
	}
#define ELSEWHERE(sections, key, about)                                                            \
	{                                                                                          \
		sections, key, TYPE_ELSEWHERE, 0, 0, NONE, 0, NULL, NULL, about                    \
	}
#define PARAMETER(key, type)                                                                       \
	{                                                                                          \
		P, key, type, 0, 0, NONE, 0, NULL, NULL, NULL                                      \
	}

#define NO_MEANING "has no meaning for a cache of exact matches in the database or in Redis"
#define ONE_REDIS  "there is one Redis, at host and port"

/* clang-format off */
#define PLAIN_NUMBER(key, field, type, least, most, fallback, about) { S, key, type, least, most, fallback, IN_S(field), NULL, NULL, about },
#define PLAIN_WORDS(key, field, type, note, about) { S, key, type, 0, 0, NONE, IN_S(field), note, NULL, about },

static const struct schema_row rows[] = {
	/* the file */
	ELSEWHERE(IN_TOP, "model_list", "the deployments: a list of entries"),
	ELSEWHERE(IN_TOP, "litellm_settings", "retries, fallbacks and limits; a key of it may also stand in router_settings"),
	ELSEWHERE(IN_TOP, "router_settings", "the same keys as litellm_settings: a key is taken from either"),
	ELSEWHERE(IN_TOP, "general_settings", "the master key, and limits of the whole gateway"),
	ELSEWHERE(IN_TOP, "sideways_settings", "what LiteLLM does not have"),
	ELSEWHERE(IN_TOP, "environment_variables", "a map of names to values, for `os.environ/NAME` in this file; they are not exported. A secret among them is a warning: it belongs in the environment or in `secrets.env`"),
	ELSEWHERE(IN_TOP, "include", "a list of files, relative to this one, whose sections are added: lists are extended, maps joined key by key (LiteLLM replaces a whole section). A key that both set differently is a warning with both places; the included file's counts"),

	/* an entry of model_list */
	ELSEWHERE(IN_ENTRY, "model_name", "the public name, which clients ask for; several entries may share it. A `*` in it matches any text and is filled into the `*` of `model`"),
	ELSEWHERE(IN_ENTRY, "litellm_params", "where the model is, how it is called, and what it costs"),
	ELSEWHERE(IN_ENTRY, "model_info", "what the model is and can do"),
	{ IN_ENTRY | P, "rpm", TYPE_WHOLE, 0, COUNT, NONE, IN_D(rpm), NULL, NULL, "requests that this deployment may be sent in any 60 seconds; beyond it the next candidate is asked. Also its weight, when it has none. See [limits](limits.md)" },
	{ IN_ENTRY | P, "tpm", TYPE_WHOLE, 0, COUNT, NONE, IN_D(tpm), NULL, NULL, "the same for tokens" },
	{ IN_ENTRY | P, "max_parallel_requests", TYPE_WHOLE, 0, COUNT, NONE, IN_D(max_parallel_requests), NULL, NULL, "calls that this deployment may have at a time; beyond it the next candidate is asked" },

	/* litellm_params: where the model is and how it is called */
	{ P, "model", TYPE_TEXT, 0, 0, NONE, IN_D(model), NULL, NULL, "`provider/model`; a bare name of a known family gets its provider; `claude/` is taken as anthropic" },
	{ P, "custom_llm_provider", TYPE_TEXT, 0, 0, NONE, IN_D(provider), NULL, NULL, "the provider, when `model` does not name it" },
	{ P, "api_key", TYPE_SECRET, 0, 0, NONE, IN_D(api_key), NULL, NULL, "the provider's key; left out: the provider's own variable, such as `OPENAI_API_KEY`" },
	{ P, "api_base", TYPE_URL, 0, 0, NONE, IN_D(api_base), NULL, NULL, "where the provider is, when it is not at its public address" },
	{ P, "base_url", TYPE_URL, 0, 0, NONE, IN_D(api_base), NULL, NULL, "the same as `api_base`" },
	{ P, "api_version", TYPE_TEXT, 0, 0, NONE, IN_D(api_version), NULL, NULL, "Azure's API version" },
	SPECIAL(P, "organization", deployment_organization, "OpenAI's organization; a list makes one deployment for each"),
	SPECIAL(P, "extra_headers", deployment_headers, "a map of headers that are sent upstream"),
	SPECIAL(P, "headers", deployment_headers, "the same as `extra_headers`"),
	{ P, "weight", TYPE_WEIGHT, 0, COUNT, NONE, IN_D(weight), NULL, NULL, "among deployments of one name, each is chosen at random in proportion to this; it may be 0.9" },
	{ P, "order", TYPE_WHOLE, 0, 1000, NONE, IN_D(order), NULL, NULL, "lower ones come first; higher ones when those fail, unless they are of a dearer tier" },
	{ P, "timeout", TYPE_DURATION, 1, DAY, NONE, IN_D(timeout_ms), NULL, NULL, "how long an attempt at this deployment may last; of a stream, how long it may be silent. The least of this, `request_timeout` and the client's own limit counts" },
	{ P, "request_timeout", TYPE_DURATION, 1, DAY, NONE, IN_D(timeout_ms), NULL, NULL, "the same as `timeout`" },
	{ P, "stream_timeout", TYPE_DURATION, 1, DAY, NONE, IN_D(stream_timeout_ms), NULL, NULL, "how long this deployment may take to begin a stream" },
	{ P, "num_retries", TYPE_WHOLE, 0, 20, NONE, IN_D(num_retries), NULL, NULL, "further calls of this deployment for one request" },
	{ P, "max_retries", TYPE_WHOLE, 0, 20, NONE, IN_D(num_retries), NULL, NULL, "the same as `num_retries`" },
	{ P, "cooldown_time", TYPE_DURATION, 0, 7 * DAY, NONE, IN_D(cooldown_ms), NULL, NULL, "how long it is left alone after failing" },
	{ P, "max_budget", TYPE_MONEY, 0, DOLLARS, NONE, IN_D(max_budget_nano), NULL, NULL, "a budget of this deployment" },
	{ P, "budget_duration", TYPE_PERIOD, 0, 0, NONE, IN_D(budget_duration), NULL, NULL, "the period of that budget; a day when left out" },
	SPECIAL(P, "mock_response", deployment_mock_response, "answers with this text and calls nobody"),
	SPECIAL(P, "extra_body", deployment_extra_body, "a map of parameters that are added to each request"),

#include "settings/schema_clouds.inc"
	/* litellm_params: default parameters of the call */
	PARAMETER("temperature", TYPE_NUMBER_PARAMETER),
	PARAMETER("top_p", TYPE_NUMBER_PARAMETER),
	PARAMETER("top_k", TYPE_WHOLE_PARAMETER),
	PARAMETER("min_p", TYPE_NUMBER_PARAMETER),
	PARAMETER("presence_penalty", TYPE_NUMBER_PARAMETER),
	PARAMETER("frequency_penalty", TYPE_NUMBER_PARAMETER),
	PARAMETER("repetition_penalty", TYPE_NUMBER_PARAMETER),
	PARAMETER("max_tokens", TYPE_WHOLE_PARAMETER),
	PARAMETER("max_completion_tokens", TYPE_WHOLE_PARAMETER),
	PARAMETER("n", TYPE_WHOLE_PARAMETER),
	PARAMETER("seed", TYPE_WHOLE_PARAMETER),
	PARAMETER("top_logprobs", TYPE_WHOLE_PARAMETER),
	PARAMETER("dimensions", TYPE_WHOLE_PARAMETER),
	PARAMETER("logprobs", TYPE_BOOL_PARAMETER),
	PARAMETER("parallel_tool_calls", TYPE_BOOL_PARAMETER),
	PARAMETER("store", TYPE_BOOL_PARAMETER),
	PARAMETER("stop", TYPE_ANY_PARAMETER),
	PARAMETER("logit_bias", TYPE_ANY_PARAMETER),
	PARAMETER("response_format", TYPE_ANY_PARAMETER),
	PARAMETER("tools", TYPE_ANY_PARAMETER),
	PARAMETER("tool_choice", TYPE_ANY_PARAMETER),
	PARAMETER("functions", TYPE_ANY_PARAMETER),
	PARAMETER("function_call", TYPE_ANY_PARAMETER),
	PARAMETER("user", TYPE_ANY_PARAMETER),
	PARAMETER("reasoning_effort", TYPE_ANY_PARAMETER),
	PARAMETER("reasoning", TYPE_ANY_PARAMETER),
	PARAMETER("thinking", TYPE_ANY_PARAMETER),
	PARAMETER("verbosity", TYPE_ANY_PARAMETER),
	PARAMETER("service_tier", TYPE_ANY_PARAMETER),
	PARAMETER("metadata", TYPE_ANY_PARAMETER),
	PARAMETER("modalities", TYPE_ANY_PARAMETER),
	PARAMETER("audio", TYPE_ANY_PARAMETER),
	PARAMETER("prediction", TYPE_ANY_PARAMETER),
	PARAMETER("web_search_options", TYPE_ANY_PARAMETER),
	PARAMETER("prompt_cache_key", TYPE_ANY_PARAMETER),
	PARAMETER("safety_identifier", TYPE_ANY_PARAMETER),
	PARAMETER("safety_settings", TYPE_ANY_PARAMETER),
	PARAMETER("encoding_format", TYPE_ANY_PARAMETER),
	PARAMETER("provider", TYPE_ANY_PARAMETER), /* OpenRouter's routing wishes */
	PARAMETER("chat_template_kwargs", TYPE_ANY_PARAMETER),

	/* prices: litellm_params and model_info */
	{ P | I, "input_cost_per_token", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.input_pico), NULL, NULL, "the price of input; needed, unless the price table has one" },
	{ P | I, "output_cost_per_token", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.output_pico), NULL, NULL, "the price of output; needed, unless the price table has one" },
	{ P | I, "cache_read_input_token_cost", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.cache_read_pico), NULL, NULL, "cached input; left out: as input" },
	{ P | I, "input_cost_per_token_cache_hit", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.cache_read_pico), NULL, NULL, "the same as `cache_read_input_token_cost`" },
	{ P | I, "cache_creation_input_token_cost", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.cache_write_pico), NULL, NULL, "writing to the cache" },
	{ P | I, "cache_creation_input_token_cost_above_1hr", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.cache_write_1h_pico), NULL, NULL, "writing to the cache for an hour" },
	{ P | I, "cache_creation_input_token_cost_above_12hr", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.cache_write_12h_pico), NULL, NULL, "writing to the cache for twelve hours; left out: the dearest of the others, at least 2.5 times the input" },
	{ P | I, "cache_read_input_audio_token_cost", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.cache_read_audio_pico), NULL, NULL, "audio from the cache; left out: as audio that is sent" },
	SPECIAL(P | I, "off_peak_pricing", deployment_off_peak, "cheaper hours, as LiteLLM writes them: prices per token, and `windows` of `{hours_utc: [16:30-00:30], weekdays: [1, 2]}`; a call that goes over their end costs the dearer price"),
	{ P | I, "output_cost_per_reasoning_token", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.reasoning_pico), NULL, NULL, "reasoning; left out: as output" },
	{ P | I, "input_cost_per_audio_token", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.audio_input_pico), NULL, NULL, "audio that is sent" },
	{ P | I, "output_cost_per_audio_token", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.audio_output_pico), NULL, NULL, "audio that comes back" },
	{ P | I, "input_cost_per_request", TYPE_MONEY, 0, DOLLARS, NONE, IN_D(prices.per_request_nano), NULL, NULL, "for each request, whatever its length" },
	{ P | I, "input_cost_per_token_above_[0-9]*k_tokens", TYPE_LONG_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.long_input_pico), NULL, NULL, "the price of all input when it is longer than that (any number of k)" },
	{ P | I, "output_cost_per_token_above_[0-9]*k_tokens", TYPE_LONG_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.long_output_pico), NULL, NULL, "the price of all output then" },
	{ P | I, "cache_read_input_token_cost_above_[0-9]*k_tokens", TYPE_LONG_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.long_cache_read_pico), NULL, NULL, "the price of cached input then" },
	{ P | I, "input_cost_per_image_token", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.image_input_pico), NULL, NULL, "pictures that are sent to a model that makes images; left out: as input" },
	{ P | I, "output_cost_per_image_token", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.image_output_pico), NULL, NULL, "images that it makes; left out: as output" },
	{ P | I, "output_cost_per_image", TYPE_MONEY, 0, DOLLARS, NONE, IN_D(prices.per_image_nano), NULL, NULL, "for each image that is made, whatever its size" },
	{ P | I, "input_cost_per_image", TYPE_MONEY, 0, DOLLARS, NONE, IN_D(prices.per_image_nano), NULL, NULL, "the same as `output_cost_per_image`" },
	{ P | I, "input_cost_per_character", TYPE_PRICE, 0, A_DOLLAR, NONE, IN_D(prices.per_character_pico), NULL, NULL, "for each character that is spoken" },
	{ P | I, "input_cost_per_second", TYPE_MONEY, 0, DOLLARS, NONE, IN_D(prices.per_second_nano), NULL, NULL, "for each second of audio that is transcribed" },
	{ P | I, "output_cost_per_second", TYPE_MONEY, 0, DOLLARS, NONE, IN_D(prices.per_second_nano), NULL, NULL, "the same as `input_cost_per_second`" },
	{ P | I, "input_cost_per_query", TYPE_MONEY, 0, DOLLARS, NONE, IN_D(prices.per_query_nano), NULL, NULL, "for each search of a reranker, of up to 100 documents" },
	UNSUPPORTED(P | I, "input_cost_per_[a-z]*", "prices per token, image, character, second, query and request count"),
	UNSUPPORTED(P | I, "output_cost_per_[a-z]*", "prices per token, image, character, second, query and request count"),
	SPECIAL(P | I, "tiered_pricing", deployment_tiered_pricing, "a list of ranges of the prompt's length, each with its input and output price; the ranges above the first count as one, at the dearest of their prices"),
	UNSUPPORTED(P | I, "cache_creation_input_*", "cache writes of a long context rise as the long input price does"),
	UNSUPPORTED(P | I, "cache_read_input_*", "the plain cache price counts"),

	/* model_info */
	{ I, "id", TYPE_TEXT, 0, 0, NONE, IN_D(id), NULL, NULL, "the deployment's id, in headers and in the record; left out: made from the parameters" },
	{ I, "mode", TYPE_TEXT, 0, 0, NONE, IN_D(mode), NULL, NULL, "`chat`, `embedding`, `image_generation`, `audio_speech`, `audio_transcription`, `rerank`: what it is for; `chat` and `responses` also win over `responses_only`" },
	{ P | I, "base_model", TYPE_TEXT, 0, 0, NONE, IN_D(base_model), NULL, NULL, "whose price counts, as for Azure deployments of your own naming" },
	{ I, "tier", TYPE_TEXT, 0, 0, NONE, IN_D(tier), NULL, NULL, "the tier, in place of the price's" },
	{ P | I, "max_input_tokens", TYPE_WHOLE, 1, COUNT, NONE, IN_D(max_input_tokens), NULL, NULL, "the context window" },
	{ P | I, "max_output_tokens", TYPE_WHOLE, 1, COUNT, NONE, IN_D(max_output_tokens), NULL, NULL, "the longest answer" },
	{ I, "max_tokens", TYPE_WHOLE, 1, COUNT, NONE, IN_D(max_output_tokens), NULL, NULL, "the same as `max_output_tokens`" },
	{ I, "supports_vision", TYPE_FLAG, 0, 0, NONE, IN_D(supports_vision_set), NULL, NULL, "false keeps requests with images away from it" },
	{ I, "supports_function_calling", TYPE_FLAG, 0, 0, NONE, IN_D(supports_tools_set), NULL, NULL, "false keeps requests with tools away from it" },
	/* columns of config/models.tsv, which these words win over */
	SPECIAL(I, "responses_only", deployment_trait, "requests that go to OpenAI's `/responses`: `no`; `tools`, those with tools; `tools_unless_none`, those with tools unless their effort is `none`; `always`"),
	SPECIAL(I, "sampling", deployment_trait, "`temperature`, `top_p`, `top_k`: `yes`, `no`, `only_default`, `if_none` (only while it does not think)"),
	SPECIAL(I, "stop", deployment_trait, "`yes`, `no`, `max 4`"),
	SPECIAL(I, "penalties", deployment_trait, "`yes`, `no`"),
	SPECIAL(I, "efforts", deployment_trait, "its levels, as in `none,low,medium,high`, of which `max@responses` is one at `/responses` only; or `refused`. Another level becomes the nearest"),
	SPECIAL(I, "thinking_budget", deployment_trait, "thinks by a budget of tokens: `yes`, `no`, or the range, as in `128..32768`"),
	SPECIAL(I, "thinks_by_default", deployment_trait, "`yes`, `no`, `always`"),
	SPECIAL(I, "thinking_off", deployment_trait, "`reasoning_effort=none`, `thinking.type=disabled`, `thinking.type=between_tools`, `enable_thinking=false`, `thinkingBudget=0`, `cannot`"),
	SPECIAL(I, "reasoning_back", deployment_trait, "reasoning of earlier turns: `must`, `may`, `refused`, `think_tags` (in the content)"),
	SPECIAL(I, "forced_tool_choice", deployment_trait, "a forced call while it thinks: `yes`, `no`, `required` (but no named tool)"),
	SPECIAL(I, "json_schema", deployment_trait, "`yes`, `no`, `json_object` (the schema goes along in words)"),
	SPECIAL(I, "prefill", deployment_trait, "goes on from an answer that was begun: `yes`, `no`"),
	SPECIAL(I, "limit_name", deployment_trait, "`max_tokens`, `max_completion_tokens`, or both with a bar between them"),
	SPECIAL(I, "tool_name_rule", deployment_trait, "as in `[A-Za-z_][A-Za-z0-9_.:-]{0,63}`: other names are changed on their way there and back"),
	SPECIAL(I, "tokenizer", deployment_trait, "the tokenizer that its texts are counted by, a name of `app/prices/tokenizers.c` such as `o200k_base`; one that is not known counts as the widest"),
	SPECIAL(I, "media", deployment_trait, "what it takes besides text: `text` (nothing), `image`, `audio`; `supports_vision` wins"),
	SPECIAL(I, "image_tokens", deployment_trait, "the most tokens that one image can be; left out: 24600, unless the table says less"),
	SPECIAL(I, "cache_marks", deployment_trait, "its cache is written where a mark asks for it, and that is billed as Anthropic does: `yes`, `no`"),
	SPECIAL(I, "refuses", deployment_trait, "more members of a chat request that it refuses, as in `logprobs,verbosity`; left out with `drop_params`"),
	SPECIAL(I, "retires", deployment_trait, "the day on which its vendor takes it away"),
	UNSUPPORTED(I, "supports_[a-z]*", "only supports_vision and supports_function_calling steer the choice of a deployment"),
	UNSUPPORTED(I, "litellm_provider", "the provider is the one in litellm_params.model"),
	UNSUPPORTED(I, "key", "prices are found by base_model, or else by litellm_params.model"),
	UNSUPPORTED(I, "source", "it documents a price and changes nothing"),
	UNSUPPORTED(I, "description", "it changes nothing"),
	UNSUPPORTED(I, "access_groups", "a virtual key lists the models it may use"),
	UNSUPPORTED(I, "team_id", "a virtual key lists the models it may use"),
	UNSUPPORTED(I, "team_public_model_name", "a virtual key lists the models it may use"),
	UNSUPPORTED(I, "supported_environments", "every deployment in the file is used"),
	UNSUPPORTED(I, "health_check_*", "deployments are judged by real requests, not by paid checks"),
	UNSUPPORTED(I, "disable_background_health_check", "there are no background health checks"),

	/* litellm_params that are not used */
	UNSUPPORTED(P, "num_ctx", "OpenAI's format has no word for it; set the model's length at Ollama, by OLLAMA_CONTEXT_LENGTH or in its Modelfile"),
	UNSUPPORTED(P, "tags", "deployments are not chosen by tag"),
	UNSUPPORTED(P, "tag_regex", "deployments are not chosen by tag"),
	UNSUPPORTED(P, "default_api_key_[rt]pm_limit", "limits belong to virtual keys"),
	UNSUPPORTED(P, "drop_params", "litellm_settings.drop_params holds for all deployments"),
	UNSUPPORTED(P, "additional_drop_params", "only parameters a provider refuses are dropped (drop_params)"),
	UNSUPPORTED(P, "allowed_openai_params", "unknown request fields are passed on anyway"),
	UNSUPPORTED(P, "litellm_credential_name", "write api_key and api_base here"),
	UNSUPPORTED(P, "configurable_clientside_auth_params", "clients never choose keys or hosts"),
	UNSUPPORTED(P, "merge_reasoning_content_in_choices", "reasoning is passed on as the provider sends it"),
	UNSUPPORTED(P, "use_in_pass_through", "there are no pass-through routes"),
	UNSUPPORTED(P, "aws_*", "of AWS only the keys that docs/settings.md lists are known"),
	UNSUPPORTED(P, "vertex_*", "of Vertex only vertex_project, vertex_location and vertex_credentials are known"),
	UNSUPPORTED(P, "watsonx_*", "Watsonx is not supported"),
	UNSUPPORTED(P, "azure_ad_token*", "give azure deployments an api_key"),
	UNSUPPORTED(P, "tenant_id", "give azure deployments an api_key"),
	UNSUPPORTED(P, "client_id", "give azure deployments an api_key"),
	UNSUPPORTED(P, "client_secret", "give azure deployments an api_key"),
	UNSUPPORTED(P, "stream", "the client's request decides"),
	UNSUPPORTED(P, "stream_options", "usage is always asked for, and hidden if the client did not ask"),
	UNSUPPORTED(P, "ssl_verify", "certificates are always checked"),
	UNSUPPORTED(P, "caching", "see sideways_settings"),
	UNSUPPORTED(P, "guardrails", "there are no guardrails: prompts pass unchecked"),
	UNSUPPORTED(P, "budget_*", "a deployment has max_budget and budget_duration"),

	/* litellm_settings and router_settings */
	SPECIAL(LR, "fallbacks", chains_fallbacks, "a list of `name: [name, ...]`, asked in this order; `\"*\"` is for all that have no list of their own"),
	SPECIAL(LR, "default_fallbacks", chains_default, "the same as `\"*\"`"),
	SPECIAL(LR, "context_window_fallbacks", chains_context_window, "used when the request is too long, and only then"),
	SPECIAL(LR, "content_policy_fallbacks", chains_content_policy, "used when the provider's filter refuses, and only then"),
	SPECIAL(LR, "model_group_alias", chains_aliases, "a map of further names to names; `{model: NAME, hidden: true}` keeps one out of `/v1/models`"),
	SPECIAL(LR, "model_alias_map", chains_aliases, "the same as `model_group_alias`"),
	SPECIAL(LR, "tag_budget_config", sections_tag_budgets, "budgets of tags: `tag: {max_budget: 5, budget_duration: 1d}`; a request counts for each of its tags"),
	{ LR, "max_end_user_budget", TYPE_MONEY, 0, DOLLARS, NONE, IN_S(max_user_budget_nano), NULL, NULL, "the most that each end user may spend in all: whom a request names as its `user`" },
	{ LR, "max_end_user_budget_id", TYPE_TEXT, 0, 0, NONE, IN_S(user_budget_id), NULL, NULL, "a budget of `/budget/new` that each end user has for himself, instead of `max_end_user_budget`" },
	SPECIAL(LR, "provider_budget_config", sections_provider_budgets, "budgets of providers: `provider: {budget_limit: 5, time_period: 1d}`"),
	{ LR, "num_retries", TYPE_WHOLE, 0, 20, 2, IN_S(num_retries), NULL, NULL, "further calls of each deployment for one request" },
	{ LR, "request_timeout", TYPE_DURATION, 1, DAY, 600000, IN_S(request_timeout_ms), NULL, NULL, "how long one attempt may last; of a stream, how long it may be silent before and between its events" },
	{ LR, "timeout", TYPE_DURATION, 1, DAY, 600000, IN_S(request_timeout_ms), NULL, NULL, "the same as `request_timeout`" },
	{ LR, "stream_timeout", TYPE_DURATION, 1, DAY, NONE, IN_S(stream_timeout_ms), NULL, NULL, "until the first event of a stream; left out: as `request_timeout`" },
	{ LR, "allowed_fails", TYPE_WHOLE, 0, 1000000, 3, IN_S(allowed_fails), NULL, NULL, "failures within a minute after which a deployment is left alone" },
	{ LR, "cooldown_time", TYPE_DURATION, 0, 7 * DAY, 30000, IN_S(cooldown_ms), NULL, NULL, "how long it is left alone; doubled each time in succession" },
	{ LR, "disable_cooldowns", TYPE_BOOL, 0, 0, 0, IN_S(disable_cooldowns), NULL, NULL, "never leave a deployment alone" },
	{ LR, "include_cost_in_streaming_usage", TYPE_BOOL, 0, 0, 0, IN_S(tells_cost), NULL, NULL, "say what an answer costs as `usage.cost`, in streams and whole answers" },
	{ LR, "return_response_headers", TYPE_BOOL, 0, 0, 1, IN_S(tells_upstream_limits), NULL, NULL, "pass on what the provider says of its rate limits: `llm_provider-x-ratelimit-...`, and `x-ratelimit-...` for keys without limits of their own" },
	{ LR, "drop_params", TYPE_BOOL, 0, 0, 0, IN_S(drop_params), NULL, NULL, "drop parameters that a provider refuses" },
	{ LR, "max_budget", TYPE_MONEY, 0, DOLLARS, NONE, IN_S(max_budget_nano), NULL, NULL, "the budget of the whole gateway" },
	{ LR, "budget_duration", TYPE_PERIOD, 0, 0, NONE, IN_S(budget_duration), NULL, NULL, "the period of that budget; left out, it is for the lifetime of the gateway" },
	{ LR, "default_max_parallel_requests", TYPE_WHOLE, 0, COUNT, NONE, IN_S(default_max_parallel_requests), NULL, NULL, "`max_parallel_requests` of deployments that have none" },
	NESTED(LR, "default_key_generate_params", "what a new key gets when nothing is said, also in the panel and on the command line: a map of the keys below"),
	NESTED(LR, "upperbound_key_generate_params", "the most that a new key may have, and what it gets when nothing is said: a map of the keys below"),
	{ S, "tell_api_base", TYPE_BOOL, 0, 0, 0, IN_S(tells_api_base), NULL, NULL, "say where an answer comes from, in `x-litellm-model-api-base`" },
	SPECIAL(LR | G | S, "timezone", sections_timezone, "an IANA name; the days, weeks and months of budgets begin at its midnight. Left out: UTC"),
	SPECIAL(R, "routing_strategy", sections_routing_strategy, "`simple-shuffle`; another one gives a notice, and this one is used"),
	UNSUPPORTED(LR, "max_fallbacks", "chains are not followed recursively; sideways_settings.max_attempts limits a request"),
	UNSUPPORTED(LR, "retry_after", "waits grow with each retry, and a provider's Retry-After is honoured"),
	UNSUPPORTED(LR, "retry_policy", "num_retries holds for every failure that may be retried"),
	UNSUPPORTED(LR, "model_group_retry_policy", "num_retries holds for every failure that may be retried"),
	UNSUPPORTED(LR, "allowed_fails_policy", "allowed_fails counts every failure of the provider"),
	UNSUPPORTED(LR, "enable_pre_call_check*", "requests that a model cannot take are always kept from it"),
	UNSUPPORTED(LR, "optional_pre_call_checks", "requests that a model cannot take are always kept from it"),
	UNSUPPORTED(LR, "enable_tag_filtering", "deployments are not chosen by tag"),
	UNSUPPORTED(LR, "routing_strategy_args", "deployments are picked by order and weight"),
	UNSUPPORTED(LR, "redis_*", "counters, cooldowns and budgets are in the database, which all workers share"),
	{ LR, "cache", TYPE_BOOL, 0, 0, 0, IN_S(cache.enabled), NULL, NULL, "keep answers; [cache.md](cache.md) explains it" },
	{ LR, "cache_responses", TYPE_BOOL, 0, 0, 0, IN_S(cache.enabled), NULL, NULL, "the same as `cache`" },
	NESTED(LR, "cache_params", "a map of the following"),
	UNSUPPORTED(LR, "cache_*", "cache_params says how answers are cached"),
	UNSUPPORTED(LR, "client_ttl", "upstream connections are kept as long as they are warm"),
	UNSUPPORTED(LR, "default_litellm_params", "write the parameters into each entry of model_list"),
	UNSUPPORTED(LR, "debug_level", "sideways_settings.log_level"),
	UNSUPPORTED(LR, "set_verbose", "sideways_settings.log_level: debug shows more"),
	UNSUPPORTED(LR, "json_logs", "the log is always JSON lines"),
	SPECIAL(LR, "callbacks", traces_of_callbacks, "who gets [traces](traces.md) of all requests, a list of LiteLLM's names: otel, langfuse, langfuse_otel, arize, arize_phoenix, langtrace, levo, logfire, signoz, weave_otel. Their variables say where they are"),
	SPECIAL(LR, "success_callback", traces_of_successes, "the same of requests that were answered"),
	SPECIAL(LR, "failure_callback", traces_of_failures, "the same of requests that failed"),
	UNSUPPORTED(LR, "forward_traceparent_to_llm_provider", "a client's traceparent always goes on to providers"),
	UNSUPPORTED(LR, "service_callback", "each request and attempt is recorded in the database"),
	UNSUPPORTED(LR, "audit_log_callbacks", "each request and attempt is recorded in the database"),
	UNSUPPORTED(LR, "turn_off_message_logging", "prompts and answers are never logged"),
	UNSUPPORTED(LR, "redact_user_api_key_info", "keys are never logged"),
	UNSUPPORTED(LR, "modify_params", "requests are not rewritten"),
	UNSUPPORTED(LR, "request_*", "requests are limited by max_body_mb and the timeouts"),
	UNSUPPORTED(LR, "force_ipv4", "the system's resolver decides"),
	UNSUPPORTED(LR, "ssl_*", "certificates are always checked against the system's authorities"),
	UNSUPPORTED(LR | G, "default_internal_user_params", "there are keys and teams, no users"),
	UNSUPPORTED(LR, "default_team_*", "a team has the budgets, limits and models that it is made with"),
	UNSUPPORTED(LR | G, "key_generation_settings", "admins alone make keys; the panel's roles say who is one"),
	UNSUPPORTED(LR | G, "telemetry", "nothing is sent to anybody but providers, alert destinations and those whom callbacks name"),
	UNSUPPORTED(LR | G, "extra_spend_tag_headers", "tags are read from metadata.tags, tags and x-litellm-tags"),
	UNSUPPORTED(LR, "default_team_settings", "teams have no callbacks of their own: each request and attempt is recorded in the database, with its team"),
	UNSUPPORTED(LR, "cost_discount_config", "a cost is the price times what was used; write the price that you pay into model_info"),
	UNSUPPORTED(LR, "cost_margin_config", "a cost is what the provider bills, without a margin"),
	UNSUPPORTED(LR | G, "max_internal_user_budget", "there are keys and teams, no users"),
	UNSUPPORTED(LR | G, "internal_user_budget_duration", "there are keys and teams, no users"),
	UNSUPPORTED(LR, "guardrails", "there are no guardrails: prompts pass unchecked"),
	UNSUPPORTED(LR, "enable_json_schema_validation", "answers are passed on as they are"),
	UNSUPPORTED(LR, "langfuse_*", "each request and attempt is recorded in the database"),
	UNSUPPORTED(LR, "prometheus_*", "each request and attempt is recorded in the database"),
	UNSUPPORTED(LR, "custom_provider_map", "providers are compiled in; openai/ with api_base takes any other"),
	UNSUPPORTED(LR, "credential_list", "write api_key into the entries of model_list"),
	UNSUPPORTED(LR, "public_*", "GET /v1/models shows what a key may use"),
	UNSUPPORTED(LR, "s3_callback_params", "each request and attempt is recorded in the database"),
	UNSUPPORTED(LR, "mcp_*", "MCP is not offered"),

	/* general_settings */
	{ G, "master_key", TYPE_SECRET, 0, 0, NONE, IN_S(master_key), NULL, NULL, "a key that may use every model and has no budget of its own; the gateway's and the providers' budgets still hold" },
	SPECIAL(G, "cors_origins", watch_cors_origins, "origins whose pages may call models from a browser, such as `https://app.example.com`, or `*`; left out: none, because such a page has a key in it"),
	{ G, "max_budget", TYPE_MONEY, 0, DOLLARS, NONE, IN_S(max_budget_nano), "is taken as the budget of the whole proxy; LiteLLM reads it in litellm_settings only", NULL, "taken as the budget of the whole gateway, with a notice: LiteLLM reads it in litellm_settings only" },
	{ G, "budget_duration", TYPE_PERIOD, 0, 0, NONE, IN_S(budget_duration), "is taken as the budget of the whole proxy; LiteLLM reads it in litellm_settings only", NULL, "the period of that budget" },
	{ G, "global_max_parallel_requests", TYPE_WHOLE, 0, COUNT, NONE, IN_S(max_parallel_requests), NULL, NULL, "calls at a time of the whole gateway, over all its processes; any more are answered with 503" },
	{ G, "max_parallel_requests", TYPE_WHOLE, 0, COUNT, NONE, IN_S(max_parallel_requests), NULL, NULL, "the same as `global_max_parallel_requests`" },
	UNSUPPORTED(G, "database_url", "state is one SQLite file (sideways_settings.database); no database server is needed"),
	UNSUPPORTED(G, "database_*", "state is one SQLite file; there are no connections to tune"),
	UNSUPPORTED(G, "store_model_in_db", "models come from this file alone, which is read again when it changes"),
	UNSUPPORTED(G, "proxy_*", "spend is written before and after each call, not in batches"),
	UNSUPPORTED(G, "use_redis_transaction_buffer", "spend is written durably by each request"),
	SPECIAL(G, "alerting", alerts_of_litellm, "LiteLLM's: `slack` takes `SLACK_WEBHOOK_URL`, `webhook` takes `WEBHOOK_URL`; otherwise see `alerts`"),
	UNSUPPORTED(G, "alerting_*", "sideways_settings.alerts says when an alert is sent"),
	UNSUPPORTED(G, "alert_*", "sideways_settings.alerts says when and where an alert is sent"),
	UNSUPPORTED(G, "spend_report_frequency", "sideways spend shows it at any time"),
	UNSUPPORTED(G, "enable_jwt_auth", "clients sign in with virtual keys"),
	UNSUPPORTED(G, "litellm_jwtauth", "clients sign in with virtual keys"),
	UNSUPPORTED(G, "custom_auth*", "clients sign in with virtual keys"),
	UNSUPPORTED(G, "custom_*", "there are no Python hooks"),
	UNSUPPORTED(G, "enable_oauth2_auth", "clients sign in with virtual keys"),
	UNSUPPORTED(G, "enable_oauth2_proxy_auth", "clients sign in with virtual keys"),
	UNSUPPORTED(G, "oauth2_config_mappings", "clients sign in with virtual keys"),
	UNSUPPORTED(G, "key_management_*", "secrets come from the environment (os.environ/NAME)"),
	UNSUPPORTED(G, "litellm_key_header_name", "keys are read from Authorization, x-api-key, api-key and x-goog-api-key"),
	UNSUPPORTED(G, "user_api_key_cache_ttl", "keys are read from the database each time, so blocking one works at once"),
	UNSUPPORTED(G, "user_header_*", "there are keys and teams, no users"),
	UNSUPPORTED(G, "pass_through_endpoints", "there are no pass-through routes; images, audio and rankings have addresses of their own"),
	UNSUPPORTED(G, "forward_*", "client headers are never passed on; write extra_headers"),
	UNSUPPORTED(G, "background_health_checks", "deployments are judged by real requests, not by paid checks"),
	UNSUPPORTED(G, "health_check_*", "deployments are judged by real requests, not by paid checks"),
	UNSUPPORTED(G, "use_shared_health_check", "deployments are judged by real requests, not by paid checks"),
	UNSUPPORTED(G, "disable_*", "it has no effect here"),
	UNSUPPORTED(G, "enable_*", "it is not offered"),
	UNSUPPORTED(G, "store_prompts_in_*", "prompts and answers are never stored"),
	UNSUPPORTED(G, "maximum_spend_logs_*", "sideways_settings.log_retention says how long requests are kept"),
	UNSUPPORTED(G, "allow_requests_on_db_unavailable", "without a durable hold no request is sent"),
	UNSUPPORTED(G, "allow_user_auth", "clients sign in with virtual keys"),
	UNSUPPORTED(G, "allowed_*", "virtual keys say what may be called"),
	UNSUPPORTED(G, "admin_only_routes", "administration is on the command line"),
	UNSUPPORTED(G, "public_routes", "only the health routes are public"),
	UNSUPPORTED(G, "completion_model", "the client's request names the model"),
	UNSUPPORTED(G, "infer_model_from_keys", "model_list alone says what is served"),
	UNSUPPORTED(G, "max_request_size_mb", "sideways_settings.max_body_mb limits it"),
	UNSUPPORTED(G, "max_response_size_mb", "answers are limited by max_tokens"),
	UNSUPPORTED(G, "enforce*", "it has no effect here"),
	UNSUPPORTED(G, "control_plane_*", "workers share the database"),
	UNSUPPORTED(G, "role_permissions", "there are keys and teams, no roles"),
	UNSUPPORTED(G, "ui_access_mode", "administration is on the command line"),
	UNSUPPORTED(G, "coordination_redis*", "workers share the database"),
	UNSUPPORTED(G, "use_*", "it is not offered"),

	/* sideways_settings */
	SETTINGS_PLAIN(PLAIN_NUMBER, PLAIN_WORDS)
	{ S, "max_body_mb", TYPE_MEBIBYTES, KIB * KIB, 1024 * KIB * KIB, NONE, IN_S(max_body_bytes), NULL, NULL, "the longest request; left out: 32" },
	{ S, "max_body_bytes", TYPE_WHOLE, KIB, 1024 * KIB * KIB, 32 * KIB * KIB, IN_S(max_body_bytes), NULL, NULL, "the same in bytes" },
	SPECIAL(S, "late_answers", sections_late_answers, "`wait` (when left out): a whole answer whose client left, or whose time limit is over, is made and billed all the same, so it is waited for off the client's way until `request_deadline` (at most 32 in a process, never under CGI) and charged what it cost; `abort` cuts it and charges its bound"),
	SPECIAL(S, "on_low_budget", sections_on_low_budget, "`refuse` (when left out), or `clamp`, which shortens the answer to what the budget covers"),
	SPECIAL(S, "max_price_ratio", sections_max_price_ratio, "a fallback may cost at most so many times the first choice's blended price (2, 1.5), within a tier too; left out: any price of the tier"),
	{ S, "leases.enabled", TYPE_BOOL, 0, 0, 1, IN_S(leases_enabled), NULL, NULL, "serving processes hold the money of calls in memory, from leases that they take of budgets ahead of need; `false`: each call waits until its hold is on disk" },
	SPECIAL(S, "leases.max_share", sections_lease_share, "of what is free of a budget, the most that one lease may take, up to 20%; left out: `5%`. All leases of a budget together take at most five times as much"),
	{ S, "leases.lasting", TYPE_DURATION, 10, HOUR, 1000, IN_S(leases_lasting_ms), NULL, NULL, "how long a lease is to last at the present rate of calls" },
	NESTED(S, "leases", "a map of the three above: [budgets from leases](limits.md#leases)"),
	SPECIAL(S, "answer_model", sections_answer_model, "whose name answers have as `model`: `provider` (when left out), or `asked`, the name that the client asked for, as LiteLLM answers"),
	SPECIAL(S, "budget_status", sections_budget_status, "the status when a client's money is spent or too little for the call: `429`, `402` or `400`. [Agents](clients.md) show 400 to their user, where some go on asking after a 429. A key may have its own in `metadata.budget_status`. Left out: 429, and 402 on Gemini's route"),
	{ S, "retry_budget.percent", TYPE_WHOLE, 0, 1000, 20, IN_S(retry_budget_percent), NULL, NULL, "repeats at the same deployment for each 100 requests of the last 10 seconds; fallbacks are not repeats" },
	{ S, "retry_budget.floor", TYPE_WHOLE, 0, 1000000, 100, IN_S(retry_budget_floor), NULL, NULL, "repeats in 10 seconds that are always allowed" },
	NESTED(S, "retry_budget", "a map of the two above, so that an outage does not multiply traffic"),
	SPECIAL(S, "prices", sections_prices, "further prices, in dollars per million tokens: `openai/my-model: {input: 0.5, output: 1.5}`; also `cache_read`, `cache_write`, `long_context_from`, `max_input_tokens`, `max_output_tokens` and the other columns of `config/prices.tsv`"),
	SPECIAL(S, "tiers", sections_tiers, "a list of `{name: cheap, up_to: 1.00}`, in rising order of blended price per million tokens: (3 x input + output) / 4, where dearer reasoning counts as output, and a price of each request is spread over 1,000 tokens. Left out: free at 0, cheap up to 1.00, mid up to 8.00, premium. A list of one's own without a band up to 0 has no free tier"),
	{ S, "metrics.key", TYPE_SECRET, 0, 0, NONE, IN_S(metrics_key), NULL, NULL, "a bearer token with which [/metrics](metrics.md) may be read" },
	SPECIAL(S, "metrics.allow", watch_metrics_allow, "an address or network that may read it without a token, or a list of them"),
	NESTED(S, "metrics", "a map of the two above: who may read [/metrics](metrics.md) beside the master key"),
	SPECIAL(S, "log_prompts.keys", watch_prompt_keys, "keys, by alias or id, whose requests are kept with what was asked, for admins with full rights; `*` is all. What is answered is not kept. Left out: none. Sealed with the environment's `SIDEWAYS_PROMPT_KEY`, without which it is an error; another key makes what was kept unreadable"),
	{ S, "log_prompts.days", TYPE_WHOLE, 1, 365, 7, IN_S(prompts.days), NULL, NULL, "how long a prompt is kept, unless its request is deleted earlier (`log_retention`)" },
	NESTED(S, "log_prompts", "a map of the two above: [prompts in the record](panel.md#prompts-in-the-record)"),
	SPECIAL(S, "alerts.webhooks", alerts_webhooks, "where alerts are sent: a URL, or a list of them; see [alerts.md](alerts.md)"),
	SPECIAL(S, "alerts.email", alerts_email, "who gets them by mail"),
	SPECIAL(S, "alerts.budget_percent", alerts_budget_percent, "the percentages of a budget at which you are told; left out: [50, 80, 100]"),
	SPECIAL(S, "alerts.off", alerts_off, "a list of rules to leave out"),
	{ S, "alerts.fallback_rate_percent", TYPE_WHOLE, 0, 100, 5, IN_S(alerts.fallback_rate_percent), NULL, NULL, "alert when more than this percentage of requests leave their model group" },
	{ S, "alerts.error_rate_percent", TYPE_WHOLE, 0, 100, 10, IN_S(alerts.error_rate_percent), NULL, NULL, "alert when more than this percentage of requests fail" },
	{ S, "alerts.minimum_requests", TYPE_WHOLE, 1, COUNT, 20, IN_S(alerts.minimum_requests), NULL, NULL, "that a rate needs: where five minutes hold fewer, an hour, six hours or a day are looked at" },
	{ S, "alerts.disk_free_mb", TYPE_WHOLE, 0, COUNT, 500, IN_S(alerts.disk_free_mib), NULL, NULL, "alert when less than this is left on the disk, in MiB" },
	NESTED(S, "alerts", "a map of the above: who is told what"),
	{ S, "default_key_generate_params.max_budget", TYPE_MONEY, 0, DOLLARS, NONE, IN_S(new_keys.max_budget_nano), NULL, NULL, "its budget" },
	{ S, "default_key_generate_params.budget_duration", TYPE_PERIOD, 0, 0, NONE, IN_S(new_keys.budget_duration), NULL, NULL, "the period of that budget" },
	{ S, "default_key_generate_params.duration", TYPE_DURATION, 1000, 36500 * DAY, NONE, IN_S(new_keys.duration_ms), NULL, NULL, "how long it is valid" },
	{ S, "default_key_generate_params.rpm_limit", TYPE_WHOLE, 0, COUNT, NONE, IN_S(new_keys.rpm), NULL, NULL, "its requests in any 60 seconds" },
	{ S, "default_key_generate_params.tpm_limit", TYPE_WHOLE, 0, COUNT, NONE, IN_S(new_keys.tpm), NULL, NULL, "its tokens in any 60 seconds" },
	{ S, "default_key_generate_params.max_parallel_requests", TYPE_WHOLE, 0, COUNT, NONE, IN_S(new_keys.parallel), NULL, NULL, "its calls at a time" },
	SPECIAL(S, "default_key_generate_params.models", sections_key_models, "the models that it may use"),
	UNSUPPORTED(S, "default_key_generate_params.*", "a new key takes its budget, limits, models and duration from here"),
	{ S, "upperbound_key_generate_params.max_budget", TYPE_MONEY, 0, DOLLARS, NONE, IN_S(new_keys_most.max_budget_nano), NULL, NULL, "the largest budget" },
	{ S, "upperbound_key_generate_params.budget_duration", TYPE_PERIOD, 0, 0, NONE, IN_S(new_keys_most.budget_duration), NULL, NULL, "the longest period of a budget" },
	{ S, "upperbound_key_generate_params.duration", TYPE_DURATION, 1000, 36500 * DAY, NONE, IN_S(new_keys_most.duration_ms), NULL, NULL, "the longest that a key may be valid" },
	{ S, "upperbound_key_generate_params.rpm_limit", TYPE_WHOLE, 0, COUNT, NONE, IN_S(new_keys_most.rpm), NULL, NULL, "the most requests in any 60 seconds" },
	{ S, "upperbound_key_generate_params.tpm_limit", TYPE_WHOLE, 0, COUNT, NONE, IN_S(new_keys_most.tpm), NULL, NULL, "the most tokens in any 60 seconds" },
	{ S, "upperbound_key_generate_params.max_parallel_requests", TYPE_WHOLE, 0, COUNT, NONE, IN_S(new_keys_most.parallel), NULL, NULL, "the most calls at a time" },
	UNSUPPORTED(S, "upperbound_key_generate_params.*", "a new key takes its budget, limits, models and duration from here"),
	SPECIAL(S, "cache_params.type", cache_type, "`sqlite` (when left out; also under the names `local` and `disk` of LiteLLM) or `redis`"),
	{ S, "cache_params.ttl", TYPE_DURATION, 1000, 3650 * DAY, 600000, IN_S(cache.ttl_ms), NULL, NULL, "how long an answer is kept" },
	{ S, "cache_params.max_size_mb", TYPE_MEBIBYTES, KIB * KIB, 1024 * 1024 * KIB * KIB, NONE, IN_S(cache.max_bytes), NULL, NULL, "size of all answers in the database; the oldest are removed first. Left out: 256" },
	{ S, "cache_params.max_entry_mb", TYPE_MEBIBYTES, 1, 16 * KIB * KIB, NONE, IN_S(cache.max_entry_bytes), NULL, NULL, "the longest answer that is kept. Left out: 1" },
	{ S, "cache_params.shared", TYPE_BOOL, 0, 0, 0, IN_S(cache.shared), NULL, NULL, "keys share each other's answers" },
	{ S, "cache_params.only_repeatable", TYPE_BOOL, 0, 0, 1, IN_S(cache.only_repeatable), NULL, NULL, "keep only what models answer the same way again: `temperature` 0, and embeddings" },
	SPECIAL(S, "cache_params.mode", cache_mode, "`default_on` (when left out), or `default_off`: only requests that say `\"cache\": {\"use-cache\": true}`"),
	SPECIAL(S, "cache_params.supported_call_types", cache_call_types, "a list of LiteLLM's names: `acompletion`, `atext_completion`, `aembedding`; left out: all"),
	{ S, "cache_params.namespace", TYPE_TEXT, 0, 0, NONE, IN_S(cache.name_space), NULL, NULL, "separates caches in one Redis" },
	{ S, "cache_params.host", TYPE_TEXT, 0, 0, NONE, IN_S(cache.redis_host), NULL, NULL, "of Redis; left out: 127.0.0.1" },
	{ S, "cache_params.port", TYPE_WHOLE, 1, 65535, 6379, IN_S(cache.redis_port), NULL, NULL, "of Redis" },
	{ S, "cache_params.db", TYPE_WHOLE, 0, 1000000, 0, IN_S(cache.redis_db), NULL, NULL, "number of the database in Redis" },
	{ S, "cache_params.username", TYPE_TEXT, 0, 0, NONE, IN_S(cache.redis_username), NULL, NULL, "for Redis" },
	{ S, "cache_params.password", TYPE_SECRET, 0, 0, NONE, IN_S(cache.redis_password), NULL, NULL, "for Redis" },
	{ S, "cache_params.socket_timeout", TYPE_DURATION, 10, 60000, 200, IN_S(cache.redis_timeout_ms), NULL, NULL, "how long Redis is waited for" },
	SPECIAL(S, "cache_params.ssl", cache_ssl, "false: TLS is not offered, so let a tunnel carry it"),
	UNSUPPORTED(S, "cache_params.similarity_threshold", NO_MEANING),
	UNSUPPORTED(S, "cache_params.redis_*", NO_MEANING),
	UNSUPPORTED(S, "cache_params.valkey_*", NO_MEANING),
	UNSUPPORTED(S, "cache_params.qdrant_*", NO_MEANING),
	UNSUPPORTED(S, "cache_params.s3_*", NO_MEANING),
	UNSUPPORTED(S, "cache_params.gc[ps]_*", NO_MEANING),
	UNSUPPORTED(S, "cache_params.azure_*", NO_MEANING),
	UNSUPPORTED(S, "cache_params.disk_cache_dir", NO_MEANING),
	UNSUPPORTED(S, "cache_params.default_in_*_ttl", "ttl holds for every answer"),
	UNSUPPORTED(S, "cache_params.url", "write host, port, username and password"),
	UNSUPPORTED(S, "cache_params.sentinel_*", ONE_REDIS),
	UNSUPPORTED(S, "cache_params.service_name", ONE_REDIS),
	UNSUPPORTED(S, "cache_params.startup_nodes", ONE_REDIS),
	UNSUPPORTED(S, "cache_params.max_connections", ONE_REDIS),
	UNSUPPORTED(S, "cache_params.ssl_*", "certificates are always checked"),
	UNSUPPORTED(S, "cache_params.socket_*", "socket_timeout holds for connecting and for each answer"),

	/* top-level parts of LiteLLM that are not offered */
	UNSUPPORTED(IN_TOP, "guardrails", "there are no guardrails: prompts pass unchecked"),
	UNSUPPORTED(IN_TOP, "callback_settings", "each request and attempt is recorded in the database"),
	UNSUPPORTED(IN_TOP, "credential_list", "write api_key into the entries of model_list"),
	UNSUPPORTED(IN_TOP, "prompts", "prompts are the clients' own"),
	UNSUPPORTED(IN_TOP, "policies", "there are no guardrails: prompts pass unchecked"),
	UNSUPPORTED(IN_TOP, "mcp_*", "MCP is not offered"),
	UNSUPPORTED(IN_TOP, "search_tools", "search tools are not offered"),
	UNSUPPORTED(IN_TOP, "vector_store_registry", "vector stores are not offered"),
	UNSUPPORTED(IN_TOP, "agent_list", "agents are not offered"),
	UNSUPPORTED(IN_TOP, "assistant_settings", "assistants are not offered"),
	UNSUPPORTED(IN_TOP, "finetune_settings", "fine-tuning is not offered"),
	UNSUPPORTED(IN_TOP, "files_settings", "files are not offered"),
	UNSUPPORTED(IN_TOP, "default_vertex_config", "write vertex_project, vertex_location and vertex_credentials into each entry, or set their variables"),
	UNSUPPORTED(IN_TOP, "worker_registry", "workers share the database"),
};
/* clang-format on */

const struct schema_row *schema_at(size_t index)
{
	return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}
