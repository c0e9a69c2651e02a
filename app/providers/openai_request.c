/*
 * The client's own bytes with the few changes that a gateway must make, as pieces: what lies
 * between the changes is not copied.
 *
 *	model            the deployment's
 *	own members      left out, as are some that nobody knows (unknown_members.h)
 *	metadata         only beside `store: true`: OpenAI refuses it, and LiteLLM's clients write
 *			 tags there
 *	output limit     put in, or lowered where the client's is higher; under the name that the
 *			 provider knows
 *	stream_options   include_usage is true, because a gateway that bills must know
 *	parameters       the deployment's defaults, where the client gave none
 *	settings         what the model refuses or wants in another way (openai_passing.h)
 *	messages         what another provider would not know (foreign_history.h)
 *
 * For a client of another format the body is written anew (openai_compose.c).
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/text.h"
#include "chat/unknown_members.h"
#include "providers/call_parts.h"
#include "providers/cloud.h"
#include "providers/foreign_history.h"
#include "providers/model_fit.h"
#include "providers/openai_format.h"
#include "providers/openai_passing.h"
#include "providers/results_last.h"
#include "providers/splice.h"

#include "base/banned.h"

#define PARAMETER_MAX 64 /* of a deployment, that are looked for in the client's body */

struct passing_on {
	struct splice splice;
	const struct provider_call *call;
	bool has_model, has_limit, has_stream_options;
	struct openai_passing fit;
	const char
	    *unknown_limit; /* its name of the two that the model does not know; NULL: knows both */
	int64_t limit;      /* the least that binds: the gateway's or the client's; 0: none */
	bool has_parameter[PARAMETER_MAX];
};

/* ---- the members of the client's body ---- */

static const char *limit_json(const struct passing_on *passing)
{
	return arena_printf(passing->splice.arena, "%lld", (long long)passing->limit);
}

static const char *options_json(const struct passing_on *passing, struct slice options)
{
	AUTO_TEXT struct text json;

	text_init(&json, options.len + 64);
	text_puts(&json, "{\"include_usage\":true");
	for (struct json_cursor member = json_cursor(options); json_next(&member);) {
		if (json_key_is(&member, "include_usage"))
			continue;
		text_putc(&json, ',');
		text_add(&json, member.whole.ptr, member.whole.len);
	}
	text_putc(&json, '}');
	return arena_copy_slice(passing->splice.arena, text_slice(&json));
}

static bool is_limit(const struct json_cursor *member)
{
	return json_key_is_one_of(member, "max_tokens max_completion_tokens");
}

static bool wants_usage(const struct passing_on *passing)
{
	return passing->call->request->stream &&
	       !(passing->call->provider->quirks & QUIRK_NO_STREAM_USAGE);
}

static bool is_renamed(const struct passing_on *passing, const struct json_cursor *member)
{
	return passing->unknown_limit && json_key_is(member, passing->unknown_limit);
}

static const char *known_limit(const struct passing_on *passing)
{
	return strcmp(passing->unknown_limit, "max_tokens") == 0 ? "max_completion_tokens"
								 : "max_tokens";
}

static bool has_number(const struct passing_on *passing, const char *name)
{
	return json_scan_type(chat_request_member(passing->call->request, name)) == JSON_NUMBER;
}

/* Where the client gives both limits the lower one was paid for, so both are lowered to it, or the
 * one that is known. */
static const char *new_limit(struct passing_on *passing, const struct json_cursor *member)
{
	int64_t value;

	if (json_scan_type(member->value) != JSON_NUMBER)
		return ""; /* null means absent */
	if (is_renamed(passing, member) && has_number(passing, known_limit(passing)))
		return "";
	passing->has_limit = true;
	if (passing->limit <= 0 || (json_as_int(member->value, &value) && value <= passing->limit &&
				       !is_renamed(passing, member)))
		return NULL;
	return limit_json(passing);
}

static const char *new_messages(const struct passing_on *passing, struct slice messages)
{
	const struct provider_call *call = passing->call;
	const struct model_traits *traits = &call->traits;
	const char *ordered = NULL, *edited;
	struct openai_history as = { .developer_is_known = model_is_openai(call->provider),
		.drop_reasoning = traits->reasoning_back == BACK_REFUSED,
		.drop_unknown = call->provider->quirks & QUIRK_RESULTS_LAST,
		.tag_reasoning = traits->reasoning_back == BACK_THINK_TAGS,
		.fill_reasoning =
		    traits->reasoning_back == BACK_MUST && traits->thinks >= MODEL_THINKS_YES };

	if (passing->fit.any && passing->fit.sent.schema_in_words)
		as.hint = call_schema_hint(passing->fit.sent.schema, passing->splice.arena);
	if (call->provider->quirks & QUIRK_RESULTS_LAST)
		ordered = results_last(messages, passing->splice.arena);
	edited =
	    history_for_openai(ordered ? slice_of(ordered) : messages, &as, passing->splice.arena);
	return edited ? edited : ordered;
}

/* xAI's live search, with the results that are allowed, or the client's own number of them. */
static const char *limited_search(const struct passing_on *passing, struct slice parameters)
{
	int64_t most =
		    server_tool_uses(passing->call->deployment, TOOLS_OF_CHAT, SERVER_LIVE_SEARCH),
		asked = passing->call->request->bound.asked.of[SERVER_LIVE_SEARCH];
	AUTO_TEXT struct text json = { .size = 0 };

	if (most == 0 || json_scan_type(parameters) != JSON_MAP)
		return NULL;
	text_init(&json, parameters.len + 64);
	json_write(&json, "{");
	for (struct json_cursor member = json_cursor(parameters); json_next(&member);)
		if (!json_key_is(&member, "max_search_results"))
			json_put_raw(&json, member.whole);
	json_write(&json, "max_search_results:%}", asked > 0 && asked < most ? asked : most);
	return arena_copy_slice(passing->splice.arena, text_slice(&json));
}

/* What the member becomes: NULL stays as it is, "" is left out, else its new value. */
static const char *openai_request_new_value(
    struct passing_on *passing, const struct json_cursor *member)
{
	if (json_key_is(member, "model")) {
		passing->has_model = true;
		return call_quoted(passing->splice.arena, passing->call->model);
	}
	if (is_limit(member))
		return new_limit(passing, member);
	if (json_key_is(member, "stream_options")) {
		passing->has_stream_options = true;
		return wants_usage(passing)
			   ? options_json(passing, member->value)
			   : (passing->call->provider->quirks & QUIRK_NO_STREAM_USAGE ? "" : NULL);
	}
	if (json_key_is(member, "messages"))
		return new_messages(passing, member->value);
	if (json_key_is(member, "metadata") &&
	    !slice_is(chat_request_member(passing->call->request, "store"), "true"))
		return "";
	if (unknown_member_stays(passing->call->request, member))
		return "";
	if (json_key_is(member, "search_parameters"))
		return limited_search(passing, member->value);
	return openai_passing_member(&passing->fit, member, passing->splice.arena);
}

static void note_parameter(struct passing_on *passing, const struct json_cursor *member)
{
	const struct settings_pairs *parameters = &passing->call->deployment->parameters;

	for (size_t i = 0; i < parameters->count && i < PARAMETER_MAX; i++)
		if (json_key_is(member, parameters->items[i].name))
			passing->has_parameter[i] = true;
}

static void splice_members(struct passing_on *passing)
{
	for (struct json_cursor member = chat_request_members(passing->call->request);
	     json_next(&member);) {
		const char *value = openai_request_new_value(passing, &member);

		note_parameter(passing, &member);
		if (value && *value && is_renamed(passing, &member))
			splice_put(&passing->splice, slice_of(known_limit(passing)), value);
		else
			splice_member(&passing->splice, &member, value);
	}
}

/* ---- what is added ---- */

static bool is_limit_parameter(const char *name)
{
	return text_is_one_of(name, "max_tokens max_completion_tokens");
}

static void add_fitted(struct passing_on *passing)
{
	struct splice *splice = &passing->splice;
	const char *name, *json;

	for (size_t i = 0; openai_passing_added(&passing->fit, i, &name, &json, splice->arena); i++)
		splice_put(splice, slice_of(name), json);
}

static void add_parameters(struct passing_on *passing)
{
	const struct settings_pairs *parameters = &passing->call->deployment->parameters;

	for (size_t i = 0; i < parameters->count && i < PARAMETER_MAX; i++) {
		const struct settings_pair *p = &parameters->items[i];

		if (!passing->has_parameter[i] && !is_limit_parameter(p->name) &&
		    !openai_passing_refuses(&passing->fit, p->name))
			splice_put(&passing->splice, slice_of(p->name), p->value);
	}
}

static void add_missing(struct passing_on *passing)
{
	struct splice *splice = &passing->splice;

	/* The path named it to the gateway (Azure's, /engines/). */
	if (!passing->has_model)
		splice_put(
		    splice, slice_of("model"), call_quoted(splice->arena, passing->call->model));
	if (!passing->has_limit && passing->limit > 0)
		splice_put(splice, slice_of(openai_limit_name(passing->call)), limit_json(passing));
	if (wants_usage(passing) && !passing->has_stream_options)
		splice_put(splice, slice_of("stream_options"), "{\"include_usage\":true}");
	add_fitted(passing);
	add_parameters(passing);
}

/* ---- where it goes ---- */

static int set_destination(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const char *base, *url = cloud_url(call, arena);

	if (!url && call_base(call, arena, &base, err) != 0)
		return -1;
	if (!url)
		url = call_url(call, base, "chat/completions", arena);
	if (call_set_destination(call, url, arena, out, err) != 0)
		return -1;
	return call->deployment->organization ? call_add_header(out, "OpenAI-Organization",
						    call->deployment->organization, err)
					      : 0;
}

/* A limit under a name that is not known would be none, or a mistake. */
static const char *unknown_limit(const struct passing_on *passing)
{
	const struct model_traits *traits = &passing->call->traits;

	if (traits->max_tokens != traits->max_completion)
		return traits->max_tokens ? "max_completion_tokens" : "max_tokens";
	return !(passing->call->provider->quirks & QUIRK_MAX_COMPLETION_TOKENS) &&
		       !has_number(passing, "max_tokens")
		   ? "max_completion_tokens"
		   : NULL;
}

static int openai_request_pass_on(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	struct passing_on passing = { .call = call };

	passing.limit = call->output_limit > 0 ? call->output_limit : call->request->max_tokens;
	openai_passing_read(
	    call->request, call->provider, &call->traits, call->drop_params, arena, &passing.fit);
	passing.unknown_limit = unknown_limit(&passing);
	splice_begin(&passing.splice, arena, out);
	splice_members(&passing);
	add_missing(&passing);
	return splice_end(&passing.splice, err);
}

int openai_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	if (set_destination(call, arena, out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	return call->conversation ? openai_compose(call, arena, out, err)
				  : openai_request_pass_on(call, arena, out, err);
}
