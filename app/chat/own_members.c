/*
 * Members of a client's body that are the gateway's business and never go to a provider.  See
 * chat_request_owns in the header.
 */
#include "chat/chat_request.h"

#include <stdlib.h>

#include "base/json_scan.h"

#include "base/banned.h"

/* Members that LiteLLM's clients may send to steer the router, and those that would let a client
 * choose a host, a credential, another model than was priced (OpenRouter's "models", "route",
 * "preset") or an answer that is fetched later by other means (xAI's "deferred"). */
static const char *const own_members[] = {
	"allowed_openai_params",
	"api_base",
	"api_key",
	"api_type",
	"api_version",
	"aws_access_key_id",
	"aws_secret_access_key",
	"aws_session_token",
	"azure_ad_token",
	"base_url",
	"cache",
	"caching",
	"content_policy_fallbacks",
	"context_window_fallbacks",
	"custom_host",
	"custom_llm_provider",
	"deferred",
	"disable_fallbacks",
	"drop_params",
	"endpoint",
	"extra_headers",
	"fallbacks",
	"guardrails",
	"headers",
	"litellm_call_id",
	"litellm_credential_name",
	"litellm_logging_obj",
	"litellm_metadata",
	"litellm_session_id",
	"litellm_trace_id",
	"max_retries",
	"mock_response",
	"mock_testing_content_policy_fallbacks",
	"mock_testing_context_fallbacks",
	"mock_testing_context_window_fallbacks",
	"mock_testing_fallbacks",
	"mock_testing_rate_limit_error",
	"mock_timeout",
	"models",
	"num_retries",
	"preset",
	"proxy",
	"route",
	"stream_timeout",
	"tags",
	"timeout",
	"vertex_credentials",
};

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

bool chat_request_owns(const struct json_cursor *member)
{
	const size_t count = sizeof own_members / sizeof own_members[0];

	if (!member->key_escaped)
		return bsearch(&member->key, own_members, count, sizeof own_members[0],
			   compare_names) != NULL;
	/* "mod\u0065ls" is models to whoever reads it next */
	for (size_t i = 0; i < count; i++)
		if (json_key_is(member, own_members[i]))
			return true;
	return false;
}
