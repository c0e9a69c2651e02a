/*
 * From the client's format to the provider's.  See the header.
 */
#include "relay/translate.h"

#include "base/json_scan.h"
#include "base/text.h"
#include "chat/client_format.h"
#include "chat/client_tools.h"
#include "chat/media.h"
#include "providers/anthropic_passing.h"
#include "providers/anthropic_thinking.h"
#include "providers/features.h"
#include "providers/model_fit.h"
#include "providers/openai_passing.h"
#include "providers/responses_passing.h"
#include "providers/tool_keys.h"
#include "providers/tool_names.h"

#include "base/banned.h"

#define SCHEMA_WORDS    256               /* bytes around a schema in words */
#define RESPONSES_LEAST 16                /* of max_output_tokens, at OpenAI */
#define PARAMETERS_MAX  ((size_t)1 << 20) /* bytes of a deployment's default parameters as JSON */

/* The client's words, read once; NULL: run->unreadable says why they cannot be. */
static const struct chat_conversation *conversation_of(struct run *run)
{
	const struct chat_request *request = run->call->request;
	struct error err = { 0 };

	if (run->conversation || run->unreadable)
		return run->conversation;
	run->conversation = arena_alloc(run->arena, sizeof *run->conversation);
	if (client_format(request->format)
		->converse(request, run->arena, run->conversation, &err) == 0)
		return run->conversation;
	run->conversation = NULL;
	run->unreadable = arena_copy(run->arena, err.text);
	return NULL;
}

/* The deployment's own word on effort, where the client has none. */
static bool defaults_to_no_thinking(const struct deployment *deployment)
{
	for (size_t i = 0; i < deployment->parameters.count; i++)
		if (strcmp(deployment->parameters.items[i].name, "reasoning_effort") == 0)
			return strcmp(deployment->parameters.items[i].value, "\"none\"") == 0;
	return false;
}

static bool wants_no_thinking(struct run *run, const struct member *member)
{
	const struct chat_conversation *said = conversation_of(run);

	if (!said)
		return false;
	if (said->effort == EFFORT_UNSET && said->thinking_budget < 0)
		return defaults_to_no_thinking(member->deployment);
	return said->effort == EFFORT_NONE || said->thinking_budget == 0;
}

/* Insisted on, or allowed: then the request stays in the client's own format where the provider has
 * such a tool in it. */
static bool wants_server_tools(const struct chat_request *request, const struct member *member)
{
	const struct bound_input *bound = &request->bound;

	for (int id = 0; request->format == WIRE_RESPONSES && id < SERVER_TOOL_COUNT; id++)
		if (bound->named & (1U << id) &&
		    server_tool_of(TOOLS_OF_RESPONSES, member->deployment->provider, id) &&
		    (bound->server_tools ||
			server_tool_uses(member->deployment, TOOLS_OF_RESPONSES, id) > 0))
			return true;
	return false;
}

static const struct wire_format *choose_format(struct run *run, const struct member *member)
{
	struct provider_wish wish = { .asked = run->call->request->format,
		.model = member->model,
		.tools = run->call->request->has_tools,
		.media = run->call->request->media ? run->call->request->media->address : NULL,

		.server_tools = wants_server_tools(run->call->request, member) };

	/* The whole request is read for this, so only where it decides. */
	if (member->traits.responses == RESPONSES_TOOLS_UNLESS_NONE && wish.tools &&
	    wish.asked != WIRE_RESPONSES)
		wish.no_thinking = wants_no_thinking(run, member);
	return provider_format(member->provider, member->deployment, &member->traits, &wish);
}

const struct wire_format *translate_format(struct run *run, const struct member *member)
{
	if (run->format_of != member) {
		run->format = choose_format(run, member);
		run->format_of = member;
	}
	return run->format;
}

/* A body in OpenAI's format goes to many vendors; where this one would refuse a tool of it, and so
 * all of it, it is written anew. */
static bool tools_fit(struct run *run, const struct member *member)
{
	const struct chat_request *request = run->call->request;

	if (request->format != WIRE_OPENAI_CHAT || !request->has_tools)
		return true;
	if (run->tools_of != member) {
		run->tools_of = member;
		run->tools_fit = tool_names_pass(chat_request_member(request, "tools"),
		    &member->traits.tool_names, member->provider->quirks & QUIRK_OBJECT_TOOLS);
	}
	return run->tools_fit;
}

bool translate_needed(struct run *run, const struct member *member)
{
	const struct wire_format *format = translate_format(run, member);

	return format && (format->id != run->call->request->format || !tools_fit(run, member));
}

/* What its provider's format cannot say, whatever the model. */
static const char *lacks(struct run *run, const char *what)
{
	run->unable = arena_printf(run->arena, "its provider's format has no %s", what);
	return what;
}

/* What this model does not take, though the format has it. */
static const char *model_unfit(
    struct run *run, const struct member *member, const struct chat_conversation *said)
{
	const char *refused =
	    said ? model_refuses(said, member->provider, &member->traits,
		       translate_format(run, member)->id, run->settings->drop_params)
		 : NULL;

	if (!refused)
		return NULL;
	run->unable = arena_printf(run->arena, "its model takes no %s", refused);
	return arena_printf(run->arena, "the model takes no %s", refused);
}

/* A body of the same format, of which the model refuses something. */
static const char *passing_unfit(struct run *run, const struct member *member)
{
	const struct chat_request *request = run->call->request;
	const struct chat_conversation *said = NULL;
	struct openai_passing passing;

	if (request->format == WIRE_OPENAI_CHAT) {
		openai_passing_read(request, member->provider, &member->traits,
		    run->settings->drop_params, run->arena, &passing);
		said = passing.any ? &passing.said : NULL;
	} else if (request->format == WIRE_ANTHROPIC) {
		said = request->conversation;
	}
	return model_unfit(run, member, said);
}

/* What is asked for, where not every provider has it; NULL: a conversation. */
static const char *asked_for(const struct chat_request *request)
{
	if (request->media)
		return request->media->address->what;
	return request->format == WIRE_MODERATIONS  ? "moderations"
	       : request->format == WIRE_EMBEDDINGS ? "embeddings"
						    : NULL;
}

/* A model serves what it is for: its price is of that, and so are those that stand in for it. */
static const char *other_mode(struct run *run, const struct member *member)
{
	const struct chat_request *request = run->call->request;
	enum price_mode wanted = request->media ? request->media->address->mode : MODE_CHAT,
			mode = member->price.mode;

	if (mode == wanted)
		return NULL;
	(void)lacks(run,
	    arena_printf(run->arena,
		"%s, or the model is for something else: its mode is %s (see model_info.mode)",
		asked_for(request) ? asked_for(request) : "conversation", price_mode_name(mode)));
	return arena_printf(run->arena, "its mode is %s", price_mode_name(mode));
}

const char *translate_unfit(struct run *run, const struct member *member)
{
	const struct chat_conversation *conversation;
	const char *refused = other_mode(run, member);

	if (refused)
		return refused;
	if (!translate_format(run, member))
		return arena_printf(run->arena, "no %s", lacks(run, asked_for(run->call->request)));
	if (!translate_needed(run, member))
		return passing_unfit(run, member);
	conversation = conversation_of(run);
	if (!conversation)
		return arena_printf(run->arena, "cannot be translated: %s", run->unreadable);
	refused = features_refused(conversation, translate_format(run, member)->id,
	    run->settings->drop_params, run->arena);
	return refused ? arena_printf(run->arena, "cannot be translated: %s", lacks(run, refused))
		       : model_unfit(run, member, conversation);
}

/* Also where the body is passed on (openai_passing.h, anthropic_passing.h). */
static bool says_schema_in_words(const struct run *run, const struct member *member)
{
	const struct chat_request *request = run->call->request;
	enum model_schema takes = member->traits.json_schema;

	if (request->format == WIRE_ANTHROPIC)
		return takes == SCHEMA_NO && request->conversation &&
		       request->conversation->answer == ANSWER_SCHEMA;
	return request->format == WIRE_OPENAI_CHAT &&
	       (takes == SCHEMA_NO || takes == SCHEMA_JSON_OBJECT) &&
	       json_text_is(json_member(chat_request_member(request, "response_format"), "type"),
		   "json_schema");
}

int64_t translate_added_bytes(struct run *run, const struct member *member)
{
	if (translate_needed(run, member) && !run->conversation)
		return 0;
	if (translate_needed(run, member))
		return conversation_added_bytes(run->conversation) +
		       (translate_format(run, member)->id == WIRE_ANTHROPIC
			       ? tool_keys_added_bytes(run->conversation, run->arena)
			       : 0);
	return says_schema_in_words(run, member) ? SCHEMA_WORDS : 0;
}

int64_t translate_limit(struct run *run, const struct member *member, int64_t limit)
{
	bool small = limit > 0 && limit < RESPONSES_LEAST && translate_needed(run, member);

	return small && translate_format(run, member)->id == WIRE_RESPONSES ? RESPONSES_LEAST
									    : limit;
}

/* The deployment's default parameters, which have OpenAI's names, read as a request of theirs. */
static int read_defaults(struct run *run, const struct deployment *deployment,
    struct chat_conversation *out, struct error *err)
{
	const struct settings_pairs *parameters = &deployment->parameters;
	struct chat_request request = { .format = WIRE_OPENAI_CHAT };
	AUTO_TEXT struct text json = text_empty(PARAMETERS_MAX);

	text_puts(&json, "{\"messages\":[]");
	for (size_t i = 0; i < parameters->count; i++) {
		text_putc(&json, ',');
		text_json_string(
		    &json, parameters->items[i].name, strlen(parameters->items[i].name));
		text_printf(&json, ":%s", parameters->items[i].value);
	}
	text_putc(&json, '}');
	request.body = (struct slice){ arena_copy_slice(run->arena, text_slice(&json)), json.len };
	return client_format(WIRE_OPENAI_CHAT)->converse(&request, run->arena, out, err);
}

static const char *both(const struct run *run, const char *first, const char *second)
{
	if (first && second)
		return arena_printf(run->arena, "%s, %s", first, second);
	return first ? first : second;
}

/* A search at the provider that is left out of a body that is passed on. */
static const char *offered_name(const struct run *run, const struct member *member,
    enum tool_dialect dialect, const struct chat_conversation *said)
{
	return said && (said->features & FEATURE_OFFERED_SEARCH) &&
		       server_tool_uses(member->deployment, dialect, SERVER_WEB_SEARCH) == 0
		   ? arena_copy_slice(run->arena, said->offered)
		   : NULL;
}

static const char *responses_dropped(const struct run *run, const struct member *member)
{
	const struct chat_request *request = run->call->request;
	const struct chat_conversation *said = request->conversation;
	struct responses_passing passing;
	responses_passing_read(request, member->provider, &member->traits, run->arena, &passing);
	return both(run, passing.dropped, offered_name(run, member, TOOLS_OF_RESPONSES, said));
}

static const char *anthropic_dropped(const struct run *run, const struct member *member)
{
	const struct chat_request *request = run->call->request;
	struct anthropic_passing passing;

	anthropic_passing_read(request, member->provider, member->deployment, &member->traits, 0,
	    run->arena, &passing);
	return both(run, both(run, request->vendor_beta_dropped, passing.dropped),
	    offered_name(run, member, TOOLS_OF_MESSAGES, request->conversation));
}

static const char *dropped_in_passing(const struct run *run, const struct member *member)
{
	const struct chat_request *request = run->call->request;
	struct openai_passing passing;

	if (request->format == WIRE_ANTHROPIC)
		return anthropic_dropped(run, member);
	if (request->format == WIRE_RESPONSES)
		return request->conversation ? responses_dropped(run, member) : NULL;
	if (request->format != WIRE_OPENAI_CHAT)
		return NULL;
	openai_passing_read(request, member->provider, &member->traits, run->settings->drop_params,
	    run->arena, &passing);
	return passing.dropped;
}

static const char *with_held_back(const struct run *run, const char *dropped)
{
	return both(run, run->call->request->held_back, dropped);
}

int translate_for(struct run *run, const struct member *member,
    const struct chat_conversation **out, const char **out_dropped, struct error *err)
{
	const struct chat_conversation *said;
	struct chat_conversation *sent, defaults;
	struct name_rule rule;

	*out = NULL;
	*out_dropped = NULL;
	if (!translate_needed(run, member)) {
		*out_dropped = with_held_back(run, dropped_in_passing(run, member));
		return 0;
	}
	said = conversation_of(run);
	if (!said)
		return error_set(err, ERROR_BAD_REQUEST, "%s", run->unreadable);
	sent = conversation_repair(said, run->arena);
	if (member->deployment->parameters.count) {
		memset(&defaults, 0, sizeof defaults);
		if (read_defaults(run, member->deployment, &defaults, err) != 0)
			return error_prefix(
			    err, "default parameters of '%s'", member->deployment->id);
		conversation_fill(sent, &defaults);
	}
	*out_dropped = features_drop(sent, translate_format(run, member)->id,
	    run->settings->drop_params ? &member->traits : NULL, run->arena);
	*out_dropped = model_fit(sent, member->provider, &member->traits,
	    translate_format(run, member)->id, *out_dropped, run->arena);
	if (translate_format(run, member)->id == WIRE_ANTHROPIC &&
	    anthropic_has_no_room(sent, &member->traits, run->call->request->max_tokens))
		*out_dropped = *out_dropped
				   ? arena_printf(run->arena, "%s, reasoning", *out_dropped)
				   : "reasoning";
	if (translate_format(run, member)->id == WIRE_ANTHROPIC)
		tool_keys_fit(sent, run->arena);
	rule = tool_names_rule(&member->traits, translate_format(run, member)->id);
	tool_names_fit(sent, &rule, run->arena);
	*out = sent;
	return 0;
}

static bool is_seen(const struct run *run, struct slice id)
{
	for (size_t i = 0; i < run->told.part_count; i++)
		if (slice_equal(run->told.parts[i].id, id))
			return true;
	return conversation_find_call(run->conversation, id) != NULL;
}

/* Clients drop a call whose id they have seen; there are vendors that number the calls of each
 * answer anew, or give two of them one id. */
static struct slice unseen_id(struct run *run, struct slice id)
{
	struct slice unseen = id;

	for (size_t n = run->conversation->turn_count; is_seen(run, unseen); n++)
		unseen = slice_of(arena_printf(run->arena, "%.*s_%zu", (int)id.len, id.ptr, n));
	turn_add_part(&run->told, PART_TOOL_CALL, run->arena)->id =
	    slice_of(arena_copy_slice(run->arena, unseen));
	return unseen;
}

/* ---- arguments whose keys were changed ---- */

static const struct chat_tool *keyed_tool(
    struct run *run, const struct member *member, struct slice name)
{
	const struct chat_conversation *said = run->conversation;

	if (translate_format(run, member)->id != WIRE_ANTHROPIC)
		return NULL;
	for (size_t i = 0; i < said->tool_count; i++)
		if (slice_equal(said->tools[i].name, name))
			return tool_keys_differ(&said->tools[i], run->arena) ? &said->tools[i]
									     : NULL;
	return NULL;
}

static bool is_kept(const struct run *run, const struct chat_event *event)
{
	return run->keyed.tool && event->kind == EVENT_TOOL_ARGUMENTS &&
	       event->choice == run->keyed.event.choice && event->tool == run->keyed.event.tool;
}

/* What was kept is whole: something else follows. */
static int tell_kept(struct run *run, chat_emit *emit, void *ctx)
{
	struct told_arguments *keyed = &run->keyed;
	struct chat_event event = keyed->event;
	const struct chat_tool *tool = keyed->tool;

	keyed->tool = NULL;
	if (!tool || keyed->text.len == 0)
		return 0;
	event.kind = EVENT_TOOL_ARGUMENTS;
	event.text = tool_keys_own(tool, arena_bytes_slice(&keyed->text), run->arena);
	return emit(ctx, &event);
}

static int tell_call(struct run *run, const struct member *member, const struct chat_event *event,
    chat_emit *emit, void *ctx)
{
	struct name_rule rule = tool_names_rule(&member->traits, translate_format(run, member)->id);
	struct chat_event told = *event;

	told.name = tool_names_own(run->conversation, &rule, event->name, run->arena);
	told.id = unseen_id(run, event->id);
	told.declared = client_tools_find(run->conversation, told.name);
	run->keyed = (struct told_arguments){
		.tool = keyed_tool(run, member, told.name),
		.event = { .choice = event->choice, .tool = event->tool },
	};
	if (told.declared && told.declared->own_name.ptr)
		told.name = told.declared->own_name;
	return emit(ctx, &told);
}

int translate_event(struct run *run, const struct member *member, const struct chat_event *event,
    chat_emit *emit, void *ctx)
{
	if (event->kind == EVENT_START) {
		run->told = (struct chat_turn){ .role = CHAT_ASSISTANT };
		run->keyed = (struct told_arguments){ .tool = NULL };
	}
	if (is_kept(run, event)) {
		arena_bytes_add(&run->keyed.text, event->text, run->arena);
		return 0;
	}
	if (event->kind != EVENT_PING && tell_kept(run, emit, ctx) != 0)
		return -1;
	return event->kind == EVENT_TOOL_BEGIN && run->conversation
		   ? tell_call(run, member, event, emit, ctx)
		   : emit(ctx, event);
}
