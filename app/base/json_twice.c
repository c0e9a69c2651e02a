/*
 * Names are sorted, so that equal ones stand together.  See the header.
 */
#include "base/json_twice.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json_scan.h"

#include "base/banned.h"

bool json_twice_is_free(struct slice name, size_t depth)
{
	static const struct slice names[] = { SLICE("args"), SLICE("arguments"), SLICE("input"),
		SLICE("input_schema"), SLICE("labels"), SLICE("logit_bias"), SLICE("metadata"),
		SLICE("parameters"), SLICE("parametersJsonSchema"), SLICE("parameters_json_schema"),
		SLICE("properties"), SLICE("response"), SLICE("responseJsonSchema"),
		SLICE("responseSchema"), SLICE("response_json_schema"), SLICE("response_schema"),
		SLICE("schema") };

	if (depth == 1 && slice_is(name, "input")) /* the conversation of Responses */
		return false;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (name.len == names[i].len && memcmp(name.ptr, names[i].ptr, name.len) == 0)
			return true;
	return false;
}

static int by_length_and_name(const void *a, const void *b)
{
	const struct slice *one = a, *other = b;

	if (one->len != other->len)
		return one->len < other->len ? -1 : 1;
	return memcmp(one->ptr, other->ptr, one->len);
}

static struct slice doubled(struct slice object, struct arena *arena)
{
	size_t count = 0, i = 0;
	struct slice *names;

	for (struct json_cursor member = json_cursor(object); json_next(&member);)
		count++;
	names = arena_alloc(arena, (count + 1) * sizeof *names);
	for (struct json_cursor member = json_cursor(object); json_next(&member);)
		names[i++] =
		    member.key_escaped ? slice_of(json_key_as_text(&member, arena)) : member.key;
	qsort(names, count, sizeof *names, by_length_and_name);
	for (i = 1; i < count; i++)
		if (by_length_and_name(&names[i - 1], &names[i]) == 0)
			return names[i];
	return (struct slice){ NULL, 0 };
}

static struct slice twice_in(struct slice value, size_t depth, struct arena *arena)
{
	enum json_type type = json_scan_type(value);
	struct slice found = { NULL, 0 };

	if (type != JSON_MAP && type != JSON_LIST)
		return found;
	if (type == JSON_MAP && depth > 1)
		found = doubled(value, arena);
	for (struct json_cursor part = json_cursor(value); !found.ptr && json_next(&part);)
		if (type == JSON_LIST || !json_twice_is_free(part.key, depth))
			found = twice_in(part.value, depth + 1, arena);
	return found;
}

struct slice json_twice(struct slice text, struct arena *arena)
{
	return twice_in(text, 1, arena);
}
