/*
 * Which members nobody knows, and which of them are held back.  See the header.
 */
#include "chat/unknown_members.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define KEPT_MAX 64  /* of a body; one more is refused, because it could not be judged */
#define TOLD_MAX 400 /* bytes of all names */

/*
 * Harmless members of single vendors that pass at any provider of the format: parameters of their
 * SDKs (openai 3.57.0, anthropic 2.14.0, groq 1.7.0, mistralai 3.7.0, together 3.1.1,
 * cerebras_cloud_sdk 1.91.0, openrouter 1.3.84, perplexityai 0.46.1; read 29 November 2026), and of
 * vLLM (its protocol.py).  Sorted.  What is dear stands in priced_members.c.
 */
static const char *const harmless[] = { "add_generation_prompt", "add_special_tokens",
	"allowed_token_ids", "audio", "bad_words", "billing_policy", "cache_control", "cache_salt",
	"chat_template_kwargs", "citation_options", "clear_thinking", "compliance",
	"context_length_exceeded_behavior", "continue_final_message", "country", "debug",
	"diagnostics", "dimensions", "disable_reasoning", "disable_search",
	"disable_tool_validation", "documents", "echo", "enable_search_classifier",
	"enable_thinking", "encoding_format", "exclude_domains", "fallback_credit_token",
	"frequency_penalty", "function_call", "functions", "guided_choice",
	"guided_decoding_backend", "guided_grammar", "guided_json", "guided_regex",
	"guided_whitespace_pattern", "ignore_eos", "image_config", "image_domain_filter",
	"image_format_filter", "include_domains", "include_reasoning", "include_stop_str_in_output",
	"language_preference", "last_updated_after_filter", "last_updated_before_filter",
	"latitude", "logit_bias", "logprobs", "longitude", "max_completion_tokens", "max_tokens",
	"metadata", "min_completion_tokens", "min_p", "min_tokens", "mm_processor_kwargs",
	"modalities", "moderation", "n", "num_images", "parallel_tool_calls", "prediction",
	"presence_penalty", "priority", "prompt_cache_key", "prompt_cache_options",
	"prompt_cache_retention", "prompt_logprobs", "prompt_truncate_len", "random_seed",
	"reasoning", "reasoning_effort", "reasoning_format", "repetition_penalty", "request_id",
	"response_format", "response_formatting_locale", "response_metadata", "return_images",
	"return_related_questions", "return_token_ids", "return_tokens_as_token_ids", "safe_search",
	"safety_identifier", "search_after_date_filter", "search_before_date_filter",
	"search_domain_filter", "search_language_filter", "search_mode", "search_recency_filter",
	"search_settings", "seed", "service_tier", "session_id", "skip_special_tokens",
	"spaces_between_special_tokens", "stop", "stop_server_tools_when", "stop_token_ids",
	"store", "stream_mode", "stream_options", "structured_outputs", "temperature", "thinking",
	"thinking_budget", "tool_choice", "tools", "top_a", "top_k", "top_logprobs", "top_p",
	"top_prompt_logprobs", "trace", "transforms", "truncate_prompt_tokens",
	"updated_after_timestamp", "updated_before_timestamp", "usage", "user", "user_profile_id",
	"verbosity", "web_search_options", "workspace_id" };

/* What a name says whose member could move a bound. */
static const char *const telling[] = {
	/* state that is kept, and read again */
	"thread", "session", "convers", "dialog", "previous", "parent", "history", "memor", "state",
	"context", "contin", "resume", "assistant", "agent", "persist", "cache", "profile",
	/* text that is added */
	"file", "document", "knowledge", "search", "retriev", "ground", "rag", "store",
	"collection", "dataset", "datasource", "workspace", "prompt", "template", "skill", "browse",
	"fetch", "url", "connector", "plugin", "mcp", "tool", "inject", "include", "augment", "web",
	"index",
	/* more than one answer, a longer one, or one that comes later */
	"best", "beam", "candidate", "sample", "choices", "completions", "num", "count", "max",
	"limit", "budget", "length", "retry", "retries", "batch", "background", "async", "webhook",
	"callback", "defer", "iteration", "steps", "rounds", "loop", "compact", "summar",
	"speculat",
	/* another model or price */
	"model", "route", "router", "routing", "fallback", "provider", "tier", "speed", "fast",
	"turbo", "boost", "priority", "region", "geo", "program", "billing", "price", "addon",
	"premium", "ensemble", "judge", "verif", "guard", "safety", "moderat", "execut", "sandbox",
	"container", "code", "deep", "research", "effort", "think", "image", "audio", "video",
	"voice"
};

static int compare_names(const void *key, const void *row)
{
	const struct slice *name = key;
	const char *other = *(const char *const *)row;
	size_t len = strlen(other);
	int order = memcmp(name->ptr, other, name->len < len ? name->len : len);

	return order ? order : (name->len > len) - (name->len < len);
}

static bool is_harmless(struct slice name)
{
	return bsearch(&name, harmless, sizeof harmless / sizeof harmless[0], sizeof harmless[0],
		   compare_names) != NULL;
}

/* An id of anything names what is kept elsewhere. */
static bool is_telling(struct slice name, struct arena *arena)
{
	const char *text = arena_copy_slice(arena, name);

	if (name.len >= 2 &&
	    (strcmp(text + name.len - 2, "Id") == 0 || strcasecmp(text + name.len - 2, "id") == 0))
		return true;
	for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++)
		if (strcasestr(text, telling[i]))
			return true;
	return false;
}

/* ---- of a request ---- */

void unknown_member_note(struct chat_request *request, const char *inside,
    const struct json_cursor *member, struct arena *arena)
{
	struct slice name = member->key;

	if (is_harmless(member->key) || json_scan_type(member->value) == JSON_NIL)
		return;
	if (inside)
		name = slice_of(arena_printf(arena, "%s.%.*s", inside, (int)name.len, name.ptr));
	if (!request->unknown)
		request->unknown = arena_alloc(arena, KEPT_MAX * sizeof *request->unknown);
	if (request->unknown_count < KEPT_MAX)
		request->unknown[request->unknown_count] = name;
	request->unknown_count++;
}

/* As it can stand in a header. */
static struct slice told(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= ' ' || name.ptr[i] >= 0x7F || name.ptr[i] == ',')
			return slice_of("a member with an odd name");
	return name.len <= 64 ? name : slice_of("a member with a long name");
}

static void hold_back(struct chat_request *request, struct slice name, struct arena *arena)
{
	const char *before = request->held_back;
	struct slice as = told(name);

	request->unknown[request->held_back_count++] = name;
	if (before && strlen(before) > TOLD_MAX)
		return;
	request->held_back = arena_printf(
	    arena, "%s%s%.*s", before ? before : "", before ? ", " : "", (int)as.len, as.ptr);
}

int unknown_members_sort(
    struct chat_request *request, const char *rule, struct arena *arena, struct error *err)
{
	if (request->unknown_count == 0)
		return 0;
	if (rule && strcmp(rule, "refuse") == 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%.*s: this member is not known here, and the gateway's settings say "
		    "unknown_members: refuse; leave it out",
		    (int)told(request->unknown[0]).len, told(request->unknown[0]).ptr);
	if (rule && strcmp(rule, "pass") == 0)
		return 0;
	if (request->unknown_count > KEPT_MAX)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the body has %zu members that are not known here; at most %d are taken",
		    request->unknown_count, KEPT_MAX);
	for (size_t i = 0; i < request->unknown_count; i++)
		if (is_telling(request->unknown[i], arena))
			hold_back(request, request->unknown[i], arena);
	return 0;
}

bool unknown_member_inside_stays(
    const struct chat_request *request, const char *inside, const struct json_cursor *member)
{
	size_t len = strlen(inside);

	for (size_t i = 0; i < request->held_back_count; i++) {
		struct slice name = request->unknown[i];

		if (name.len == len + 1 + member->key.len && memcmp(name.ptr, inside, len) == 0 &&
		    memcmp(name.ptr + len + 1, member->key.ptr, member->key.len) == 0)
			return true;
	}
	return false;
}

bool unknown_member_stays(const struct chat_request *request, const struct json_cursor *member)
{
	for (size_t i = 0; i < request->held_back_count; i++)
		if (json_key_equal(member, request->unknown[i]))
			return true;
	return chat_request_owns(member);
}
