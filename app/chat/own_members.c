/*
 * Members of a client's body that are the gateway's business and never go to a provider.  See
 * chat_request_owns in the header.
 */
#include "chat/chat_request.h"

#include <stdlib.h>

#include "base/json_scan.h"

#include "base/banned.h"

/* Members that LiteLLM takes for itself (all_litellm_params of 1.108.7 and what its proxy and
 * router read beside them), and those that would let a client choose a host, a credential, another
 * model than was priced (OpenRouter's "models", "route", "preset") or an answer that is fetched
 * later by other means (xAI's "deferred"). */
static const char *const own_members[] = { "acompletion", "additional_drop_params", "aembedding",
	"aimg_generation", "allm_passthrough_route", "allow_client_keepalive_override",
	"allowed_model_region", "allowed_openai_params", "annotation_cost_per_page",
	"annotation_cost_per_page_batches", "anthropic_disable_workload_identity_federation",
	"anthropic_federation_rule_id", "anthropic_federation_workspace_id",
	"anthropic_identity_source", "anthropic_identity_token", "anthropic_identity_token_file",
	"anthropic_issuer_audience", "anthropic_issuer_signing_key_ref", "anthropic_issuer_subject",
	"anthropic_issuer_ttl_seconds", "anthropic_issuer_url", "anthropic_keycloak_auth_method",
	"anthropic_keycloak_client_id", "anthropic_keycloak_client_secret_ref",
	"anthropic_keycloak_scope", "anthropic_keycloak_token_url", "anthropic_organization_id",
	"anthropic_service_account_id", "api_base", "api_key", "api_type", "api_version",
	"assistant_continue_message", "async_call", "atext_completion", "attempted_targets",
	"azure", "base_model", "base_url", "bedrock_tags", "bos_token", "budget_duration", "cache",
	"cache_creation_input_audio_token_cost", "cache_creation_input_token_cost",
	"cache_creation_input_token_cost_above_100k_tokens",
	"cache_creation_input_token_cost_above_100k_tokens_batches",
	"cache_creation_input_token_cost_above_1hr",
	"cache_creation_input_token_cost_above_1hr_above_100k_tokens",
	"cache_creation_input_token_cost_above_200k_tokens",
	"cache_creation_input_token_cost_above_200k_tokens_batches",
	"cache_creation_input_token_cost_above_272k_tokens",
	"cache_creation_input_token_cost_above_272k_tokens_batches",
	"cache_creation_input_token_cost_above_272k_tokens_flex",
	"cache_creation_input_token_cost_above_272k_tokens_priority",
	"cache_creation_input_token_cost_above_272k_tokens_ultrafast",
	"cache_creation_input_token_cost_batches", "cache_creation_input_token_cost_flex",
	"cache_creation_input_token_cost_priority", "cache_creation_input_token_cost_ultrafast",
	"cache_key", "cache_read_input_audio_token_cost",
	"cache_read_input_audio_token_cost_batches", "cache_read_input_audio_token_cost_flex",
	"cache_read_input_audio_token_cost_priority", "cache_read_input_image_token_cost",
	"cache_read_input_token_cost", "cache_read_input_token_cost_above_100k_tokens",
	"cache_read_input_token_cost_above_100k_tokens_batches",
	"cache_read_input_token_cost_above_200k_tokens",
	"cache_read_input_token_cost_above_200k_tokens_batches",
	"cache_read_input_token_cost_above_200k_tokens_priority",
	"cache_read_input_token_cost_above_272k_tokens",
	"cache_read_input_token_cost_above_272k_tokens_batches",
	"cache_read_input_token_cost_above_272k_tokens_flex",
	"cache_read_input_token_cost_above_272k_tokens_priority",
	"cache_read_input_token_cost_above_272k_tokens_ultrafast",
	"cache_read_input_token_cost_above_512k_tokens", "cache_read_input_token_cost_balanced",
	"cache_read_input_token_cost_batches", "cache_read_input_token_cost_flex",
	"cache_read_input_token_cost_priority", "cache_read_input_token_cost_ultrafast", "caching",
	"caching_groups", "callbacks", "citation_cost_per_token", "client", "client_id",
	"client_secret", "client_side_timeout", "complete_response", "completion_call_id",
	"configurable_clientside_auth_params", "content_policy_fallbacks",
	"context_window_fallback_dict", "context_window_fallbacks", "cooldown_time",
	"cost_per_query", "cost_per_second", "custom_host", "custom_llm_provider",
	"custom_prompt_dict", "data_residency", "default_api_key_rpm_limit",
	"default_api_key_tpm_limit", "default_headers", "deferred", "deployment_id",
	"disable_add_transform_inline_image_block", "disable_fallbacks",
	"disable_global_guardrails", "drop_params", "enable_json_schema_validation",
	"enable_prompt_caching", "enable_tag_filtering", "endpoint", "ensure_alternating_roles",
	"eos_token", "extra_headers", "extra_query", "failure_callback", "fallback_depth",
	"fallbacks", "fastest_response", "final_prompt_value", "fireworks_forward_user_id",
	"force_timeout", "github_copilot_auth_type", "github_copilot_user_session",
	"google_maps_grounding_cost_per_query", "guardrail_config", "guardrails", "headers",
	"hf_model_name", "id", "include_fallback_errors", "itpm", "keepalive_seconds",
	"log_client_error_tracebacks", "logger_fn", "logging", "max_agentic_loops", "max_budget",
	"max_fallbacks", "max_file_size_mb", "max_parallel_requests", "max_retries",
	"merge_reasoning_content_in_choices", "model_alias_map", "model_config",
	"model_file_id_mapping", "model_group_retry_policy", "model_id", "model_info", "model_list",
	"models", "no-log", "num_retries", "num_retries_per_request", "ocr_cost_per_credit",
	"ocr_cost_per_page", "ocr_cost_per_page_batches", "openai_identity_provider_id",
	"openai_identity_token_file", "openai_service_account_id", "order", "organization", "otpm",
	"output_vector_size", "policies", "preset", "preset_cache_key", "prompt_environment",
	"prompt_id", "prompt_label", "prompt_variables", "prompt_version",
	"provider_affinity_header", "provider_specific_header", "proxy", "proxy_server_request",
	"region_name", "regional_endpoint_uplift_multiplier",
	"regional_processing_uplift_multiplier_eu", "regional_processing_uplift_multiplier_us",
	"request_timeout", "retry_policy", "retry_strategy", "roles", "route",
	"router_settings_override", "routing_strategy", "rpm", "rust",
	"search_context_cost_per_query", "search_tool_name", "secret_fields", "self",
	"shared_session", "silent_model", "spend_logs_metadata", "ssl_verify", "stream_chunk_size",
	"stream_response", "stream_timeout", "stream_timeout_by_service_tier", "success_callback",
	"supports_system_message", "tag_regex", "tags", "tenant_id", "text_completion",
	"tiered_pricing", "timeout", "timeout_by_service_tier", "tpm", "ttl",
	"turn_off_message_logging", "use_chat_completions_api", "use_client", "use_in_pass_through",
	"use_litellm_proxy", "use_xai_oauth", "user_config", "user_continue_message", "verbose",
	"wandb_api_key", "weave_project_id", "weight" };

/* Families of such names, by how they begin. */
static const char *const own_families[] = { "_", "adaptive_router_", "arize_", "auto_router_",
	"aws_", "azure_", "complexity_router_", "dd_", "gcs_", "gigachat_", "humanloop_",
	"input_cost_per_", "langfuse_", "langsmith_", "litellm_", "mock_", "newrelic_",
	"output_cost_per_", "posthog_", "quality_router_", "s3_", "signoz_", "token_exchange_",
	"user_api_", "vertex_" };

static int compare_names(const void *key, const void *row)
{
	const struct slice *name = key;
	const char *own = *(const char *const *)row;
	size_t own_len = strlen(own);
	int order = memcmp(name->ptr, own, name->len < own_len ? name->len : own_len);

	if (order != 0)
		return order;
	return (name->len > own_len) - (name->len < own_len);
}

static bool is_of_family(struct slice name)
{
	for (size_t i = 0; i < sizeof own_families / sizeof own_families[0]; i++) {
		size_t len = strlen(own_families[i]);

		if (name.len >= len && memcmp(name.ptr, own_families[i], len) == 0)
			return true;
	}
	return false;
}

bool chat_request_owns(const struct json_cursor *member)
{
	const size_t count = sizeof own_members / sizeof own_members[0];

	if (!member->key_escaped)
		return bsearch(&member->key, own_members, count, sizeof own_members[0],
			   compare_names) != NULL ||
		       is_of_family(member->key);
	/* "mod\u0065ls" is models to whoever reads it next */
	for (size_t i = 0; i < count; i++)
		if (json_key_is(member, own_members[i]))
			return true;
	return false;
}
