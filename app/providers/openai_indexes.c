/*
 * The indexes of calls in a streamed chunk that is passed on, where the provider's say nothing
 * (call_index.h): clients put the pieces together by them.
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
	struct call_index *calls; /* of the choice */
	bool changed;
};

static struct call_index *calls_of(struct mending *m, struct slice choice)
{
	int64_t index = 0;

	(void)json_as_int(json_member(choice, "index"), &index);
	if (index < 0 || index >= CHOICES_MAX)
		return NULL;
	if (!m->indexes->choices[index])
		m->indexes->choices[index] =
		    arena_alloc(m->arena, sizeof *m->indexes->choices[index]);
	return m->indexes->choices[index];
}

static bool lacks_name(struct slice function)
{
	return json_scan_type(function) == JSON_MAP && !json_member(function, "name").ptr;
}

/* A new call whose name stood in a piece before: clients look for it in its first. */
static void put_function(struct mending *m, struct slice function, struct slice name)
{
	json_key(m->json, "function");
	json_open(m->json, '{');
	json_pair(m->json, "name", name);
	for (struct json_cursor member = json_cursor(function); json_next(&member);)
		json_put_raw(m->json, member.whole);
	json_close(m->json, '}');
}

static void openai_indexes_put_call(struct mending *m, struct slice call)
{
	int64_t given = -1;
	bool begins = false;
	int index = json_scan_type(call) == JSON_MAP
			? call_index_of(m->calls, call, &begins, m->arena)
			: -1;

	if (index < 0 || (json_as_int(json_member(call, "index"), &given) && given == index)) {
		json_put_raw(m->json, call);
		return;
	}
	m->changed = true;
	json_open(m->json, '{');
	json_pair_int(m->json, "index", index);
	for (struct json_cursor member = json_cursor(call); json_next(&member);)
		if (begins && json_key_is(&member, "function") && lacks_name(member.value))
			put_function(m, member.value, m->calls->calls[index].name);
		else if (!json_key_is(&member, "index"))
			json_put_raw(m->json, member.whole);
	json_close(m->json, '}');
}

static void openai_indexes_put_calls(struct mending *m, struct slice calls)
{
	json_open(m->json, '[');
	for (struct json_cursor call = json_cursor(calls); json_next(&call);)
		openai_indexes_put_call(m, call.value);
	json_close(m->json, ']');
}

/* An object whose member `name` is written by `put`, and all others as they are. */
static void put_map(struct mending *m, struct slice map, const char *name, enum json_type type,
    void (*put)(struct mending *m, struct slice value))
{
	json_open(m->json, '{');
	for (struct json_cursor member = json_cursor(map); json_next(&member);) {
		if (!json_key_is(&member, name) || json_scan_type(member.value) != type) {
			json_put_raw(m->json, member.whole);
			continue;
		}
		json_key(m->json, name);
		put(m, member.value);
	}
	json_close(m->json, '}');
}

static void put_delta(struct mending *m, struct slice delta)
{
	put_map(m, delta, "tool_calls", JSON_LIST, openai_indexes_put_calls);
}

static void put_choices(struct mending *m, struct slice choices)
{
	json_open(m->json, '[');
	for (struct json_cursor choice = json_cursor(choices); json_next(&choice);) {
		m->calls =
		    json_scan_type(choice.value) == JSON_MAP ? calls_of(m, choice.value) : NULL;
		if (m->calls)
			put_map(m, choice.value, "delta", JSON_MAP, put_delta);
		else
			json_put_raw(m->json, choice.value);
	}
	json_close(m->json, ']');
}

struct slice openai_with_indexes(
    struct provider_stream *stream, struct slice data, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };
	struct mending m = { .indexes = stream->indexes, .arena = arena, .json = &json };

	if (!memmem(data.ptr, data.len, "\"tool_calls\"", strlen("\"tool_calls\"")))
		return data;
	if (!m.indexes)
		stream->indexes = m.indexes = arena_alloc(arena, sizeof *m.indexes);
	text_init(&json, data.len * 2 + 256);
	put_map(&m, data, "choices", JSON_LIST, put_choices);
	if (!m.changed || text_failed(&json))
		return data;
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}
