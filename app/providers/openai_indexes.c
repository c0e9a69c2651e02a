/*
 * The indexes of calls in a streamed chunk that is passed on, where the provider's say nothing
 * (call_index.h): clients put the pieces together by them.  And the ids of calls, streamed or
 * whole, where it gives none: clients name them with the results, and drop a call whose id they
 * have seen, so each is made of the answer's own id.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "providers/call_index.h"
#include "providers/openai_format.h"

#include "base/banned.h"

#define CHOICES_MAX 128

struct indexes {
	struct call_index *choices[CHOICES_MAX];
};

struct mending {
	struct indexes *indexes;
	struct arena *arena;
	struct text *json;
	struct call_index *calls; /* of the choice; NULL: a whole answer's */
	bool ids;                 /* are given, where there are none */
	struct slice data;        /* all of it */
	int64_t choice;
	int next; /* call of a whole answer */
	bool changed;
};

static struct call_index *calls_of(struct mending *m)
{
	if (m->choice < 0 || m->choice >= CHOICES_MAX)
		return NULL;
	if (!m->indexes->choices[m->choice])
		m->indexes->choices[m->choice] =
		    arena_alloc(m->arena, sizeof *m->indexes->choices[m->choice]);
	return m->indexes->choices[m->choice];
}

static bool gives_text(struct slice value)
{
	return json_scan_type(value) == JSON_TEXT && value.len > 2;
}

static bool lacks_name(struct slice function)
{
	return json_scan_type(function) == JSON_MAP && !json_member(function, "name").ptr;
}

/* A new call whose name stood in a piece before: clients look for it in its first. */
static void put_function(struct mending *m, struct slice function, struct slice name)
{
	json_write(m->json, "function:{name:%", name);
	for (struct json_cursor member = json_cursor(function); json_next(&member);)
		json_put_raw(m->json, member.whole);
	json_write(m->json, "}");
}

static void put_id(struct mending *m, int index)
{
	struct slice id = json_as_slice(json_member(m->data, "id"), m->arena),
		     answer = id.ptr ? id : slice_of("0");

	json_write(m->json, "id:%",
	    arena_printf(m->arena, "call_%.*s_%d_%d", (int)(answer.len < 64 ? answer.len : 64),
		answer.ptr, (int)m->choice, index));
}

/* What is known of a call, or of a piece of one. */
struct seen_call {
	int index;
	bool begins, indexed; /* indexed: the provider's own says the same */
};

static void put_member(
    struct mending *m, const struct json_cursor *member, const struct seen_call *seen)
{
	if (seen->begins && m->calls && json_key_is(member, "function") &&
	    lacks_name(member->value))
		put_function(m, member->value, m->calls->calls[seen->index].name);
	else if ((seen->indexed || !json_key_is(member, "index")) &&
		 !(m->ids && seen->begins && json_key_is(member, "id") &&
		     !gives_text(member->value)))
		json_put_raw(m->json, member->whole);
}

static struct seen_call seen_call(struct mending *m, struct slice call)
{
	struct seen_call seen = { .index = -1 };
	int64_t given = -1;

	if (json_scan_type(call) != JSON_MAP)
		return seen;
	if (!m->calls)
		return (struct seen_call){ m->next++, true, true };
	seen.index = call_index_of(m->calls, call, &seen.begins, m->arena);
	seen.indexed = json_as_int(json_member(call, "index"), &given) && given == seen.index;
	return seen;
}

static void openai_indexes_put_call(struct mending *m, struct slice call)
{
	struct seen_call seen = seen_call(m, call);
	bool lacks_id = m->ids && seen.begins && !gives_text(json_member(call, "id"));

	if (seen.index < 0 || (seen.indexed && !lacks_id)) {
		json_put_raw(m->json, call);
		return;
	}
	m->changed = true;
	json_write(m->json, "{");
	if (!seen.indexed)
		json_write(m->json, "index:%", seen.index);
	if (lacks_id)
		put_id(m, seen.index);
	for (struct json_cursor member = json_cursor(call); json_next(&member);)
		put_member(m, &member, &seen);
	json_write(m->json, "}");
}

static void openai_indexes_put_calls(struct mending *m, struct slice calls)
{
	json_write(m->json, "[");
	for (struct json_cursor call = json_cursor(calls); json_next(&call);)
		openai_indexes_put_call(m, call.value);
	json_write(m->json, "]");
}

/* An object whose member `name` is written by `put`, and all others as they are. */
static void put_map(struct mending *m, struct slice map, const char *name, enum json_type type,
    void (*put)(struct mending *m, struct slice value))
{
	json_write(m->json, "{");
	for (struct json_cursor member = json_cursor(map); json_next(&member);) {
		if (!json_key_is(&member, name) || json_scan_type(member.value) != type) {
			json_put_raw(m->json, member.whole);
			continue;
		}
		json_write(m->json, "%:", name);
		put(m, member.value);
	}
	json_write(m->json, "}");
}

static void put_message(struct mending *m, struct slice message)
{
	put_map(m, message, "tool_calls", JSON_LIST, openai_indexes_put_calls);
}

static void put_choice(struct mending *m, struct slice choice)
{
	m->choice = m->next = 0;
	(void)json_as_int(json_member(choice, "index"), &m->choice); /* or 0 */
	m->calls = m->indexes ? calls_of(m) : NULL;
	if (m->indexes && !m->calls)
		json_put_raw(m->json, choice);
	else
		put_map(m, choice, m->indexes ? "delta" : "message", JSON_MAP, put_message);
}

static void put_choices(struct mending *m, struct slice choices)
{
	json_write(m->json, "[");
	for (struct json_cursor choice = json_cursor(choices); json_next(&choice);)
		if (json_scan_type(choice.value) == JSON_MAP)
			put_choice(m, choice.value);
		else
			json_put_raw(m->json, choice.value);
	json_write(m->json, "]");
}

static struct slice mended(struct mending *m, struct slice data)
{
	m->data = data;
	text_init(m->json, data.len * 2 + 16384);
	put_map(m, data, "choices", JSON_LIST, put_choices);
	if (!m->changed || text_failed(m->json))
		return data;
	return (struct slice){ arena_copy_slice(m->arena, text_slice(m->json)), m->json->len };
}

static bool has_calls(struct slice data)
{
	return memmem(data.ptr, data.len, "\"tool_calls\"", strlen("\"tool_calls\""));
}

struct slice openai_with_indexes(
    struct provider_stream *stream, struct slice data, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };
	struct mending m = {
		.indexes = stream->indexes, .arena = arena, .json = &json, .ids = stream->passed_on
	};

	if (!has_calls(data))
		return data;
	if (!m.indexes)
		stream->indexes = m.indexes = arena_alloc(arena, sizeof *m.indexes);
	return mended(&m, data);
}

struct slice openai_with_ids(struct slice body, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };
	struct mending m = { .indexes = NULL, .arena = arena, .json = &json, .ids = true };

	return has_calls(body) ? mended(&m, body) : body;
}
