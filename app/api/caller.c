/*
 * Reading who asked.  See the header.
 */
#include "api/caller.h"

#include <string.h>

#include "accounts/budgets.h"
#include "base/utf8.h"
#include "chat/media.h"
#include "telemetry/trace_context.h"

#include "base/banned.h"

#define LABEL_BYTES       ((size_t)64)
#define LINE_BYTES        ((size_t)200)
#define TAGS_MOST         10  /* of those without a budget that a client names */
#define TRACE_STATE_BYTES 512 /* that the standard asks everybody to pass on */

/* NULL when nothing is left of it, or when it is no text. */
static const char *line(struct slice text, size_t most, struct arena *arena)
{
	size_t len, more;

	if (text.len > most)
		text.len = most; /* may part a character, which then is no part of the line */
	len = slice_is_printable(text) ? text.len : 0;
	while (len < text.len && (more = utf8_length(text.ptr + len, text.len - len)) > 0)
		len += more;
	return len > 0 ? arena_copy_slice(arena, (struct slice){ text.ptr, len }) : NULL;
}

static const char *header(const struct web_request *request, const char *name)
{
	const char *value = web_request_variable(request, name);

	return value ? line(slice_of(value), LINE_BYTES, request->arena) : NULL;
}

/* The members of a body that say who asks. */
enum asker { USER, LITELLM_METADATA, METADATA, SAFETY_IDENTIFIER, TAGS, ASKER_MEMBERS };

static void asker_read(const struct chat_request *chat, struct slice asker[ASKER_MEMBERS])
{
	static const struct slice names[] = { SLICE("user"), SLICE("litellm_metadata"),
		SLICE("metadata"), SLICE("safety_identifier"), SLICE("tags") };
	struct json_cursor member = chat->media && chat->media->caller.ptr
					? json_cursor(chat->media->caller)
					: chat_request_members(chat);

	while (json_next(&member))
		for (size_t i = 0; i < ASKER_MEMBERS; i++)
			if (json_key_equal(&member, names[i]))
				asker[i] = member.value;
}

/* In LiteLLM's order. */
static const char *user_of(const struct web_request *request, const struct slice *asker)
{
	static const char *const headers[] = { "HTTP_X_LITELLM_CUSTOMER_ID",
		"HTTP_X_LITELLM_END_USER_ID" };
	const struct slice places[] = { asker[USER], json_member(asker[LITELLM_METADATA], "user"),
		json_member(asker[METADATA], "user_id"), asker[SAFETY_IDENTIFIER] };
	struct arena *arena = request->arena;

	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		const char *value = web_request_variable(request, headers[i]);

		if (value && *value)
			return line(slice_of(value), LABEL_BYTES, arena);
	}
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct slice text = json_as_slice(places[i], arena);

		if (text.len > 0)
			return line(text, LABEL_BYTES, arena);
	}
	return NULL;
}

struct tags {
	const char **items; /* in the arena */
	size_t count;
	const struct named_budgets *budgets; /* may be NULL */
};

static bool has_tag(const struct tags *tags, const char *tag)
{
	for (size_t i = 0; i < tags->count; i++)
		if (strcmp(tags->items[i], tag) == 0)
			return true;
	return false;
}

/* The same tag twice is one, or its sums would be too high.  Those with a budget are as many as
 * there are: none is left out, or nobody would keep it. */
static void add_tag(struct tags *tags, struct slice text, bool is_keys, struct arena *arena)
{
	const char *tag = line(text, LABEL_BYTES, arena);

	if (!tag || has_tag(tags, tag))
		return;
	if (is_keys || tags->count < TAGS_MOST ||
	    (tags->budgets && budgets_have(tags->budgets, tag)))
		*(const char **)arena_grow(arena, &tags->items, &tags->count, sizeof tag) = tag;
}

static void add_tags_of_lists(
    struct tags *tags, const struct slice *asker, const char *key_tags, struct arena *arena)
{
	const struct slice lists[] = { slice_of(key_tags),
		json_member(asker[LITELLM_METADATA], "tags"), json_member(asker[METADATA], "tags"),
		asker[TAGS] };

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		if (lists[i].len == 0 || json_scan_type(lists[i]) != JSON_LIST)
			continue;
		for (struct json_cursor item = json_cursor(lists[i]); json_next(&item);)
			add_tag(tags, json_as_slice(item.value, arena), i == 0, arena);
	}
}

static void add_tags_of_header(struct tags *tags, const char *list, struct arena *arena)
{
	while (list && *list) {
		size_t len = strcspn(list, ",");
		struct slice tag = { list, len };

		for (; tag.len > 0 && *tag.ptr == ' '; tag.len--)
			tag.ptr++;
		while (tag.len > 0 && tag.ptr[tag.len - 1] == ' ')
			tag.len--;
		add_tag(tags, tag, false, arena);
		list += len + (list[len] == ',');
	}
}

/* NULL: none that may be passed on. */
static const char *trace_state(const struct web_request *request)
{
	const char *state = web_request_list(request, "HTTP_TRACESTATE");

	for (const char *c = state; c && *c; c++)
		if (*c < ' ' || *c > '~')
			return NULL;
	return state && *state && strlen(state) <= TRACE_STATE_BYTES
		   ? arena_copy(request->arena, state)
		   : NULL;
}

struct request_caller caller_read(const struct web_request *request,
    const struct chat_request *chat, const char *key_tags, const struct named_budgets *budgets)
{
	struct arena *arena = request->arena;
	struct tags tags = { .budgets = budgets };
	const char *traceparent = web_request_variable(request, "HTTP_TRACEPARENT");
	struct slice asker[ASKER_MEMBERS] = { { NULL, 0 } };
	struct trace_context context;

	asker_read(chat, asker);
	add_tags_of_lists(&tags, asker, key_tags, arena);
	add_tags_of_header(&tags, web_request_list(request, "HTTP_X_LITELLM_TAGS"), arena);
	if (!trace_context_read(traceparent, &context))
		traceparent = NULL;
	return (struct request_caller){
		.route = line(slice_of(arena_join(
				  arena, arena_join(arena, request->method, " "), request->path)),
		    LINE_BYTES, arena),
		.user = user_of(request, asker),
		.tags = tags.items,
		.tag_count = tags.count,
		.agent = header(request, "HTTP_USER_AGENT"),
		.address = header(request, "REMOTE_ADDR"),
		.traceparent = arena_copy(arena, traceparent),
		.tracestate = traceparent ? trace_state(request) : NULL,
	};
}

bool caller_names_tags(const struct web_request *request, const struct chat_request *chat)
{
	struct slice asker[ASKER_MEMBERS] = { { NULL, 0 } };
	struct tags tags = { .count = 0 };

	asker_read(chat, asker);
	add_tags_of_lists(&tags, asker, NULL, request->arena);
	add_tags_of_header(&tags, web_request_list(request, "HTTP_X_LITELLM_TAGS"), request->arena);
	return tags.count > 0;
}
