/*
 * Members that stand twice become one.  See the header.
 */
#include "providers/usage_member.h"

#include <string.h>

#include "base/json_scan.h"
#include "base/number.h"

#include "base/banned.h"

#define READINGS_MAX 8 /* more of one name are not looked at */

struct slice usage_unquoted(struct slice value)
{
	return json_scan_type(value) == JSON_TEXT && value.len > 2
		   ? (struct slice){ value.ptr + 1, value.len - 2 }
		   : value;
}

static bool looks_like_number(struct slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!number_is_digit(value.ptr[i]) && !memchr("+-.eE", value.ptr[i], 5))
			return false;
	return value.len > 0 && number_is_digit(value.ptr[0]);
}

/* As nearly all are written: digits, and fewer than those of USAGE_COUNT_MAX. */
static bool few_digits(struct slice value, int64_t *out)
{
	int64_t count = 0;

	if (value.len == 0 || value.len > 12)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (!number_is_digit(value.ptr[i]))
			return false;
		count = count * 10 + (value.ptr[i] - '0');
	}
	*out = count;
	return true;
}

bool usage_count(struct slice value, int64_t *out)
{
	int64_t count;

	if (few_digits(value, out))
		return true;
	value = usage_unquoted(value);
	if (!looks_like_number(value))
		return false;
	if (number_scaled(value, 0, &count, NULL) != 0)
		count = USAGE_COUNT_MAX;
	*out = count < USAGE_COUNT_MAX ? count : USAGE_COUNT_MAX;
	return true;
}

int64_t usage_count_in(struct slice object, const char *name)
{
	int64_t count = 0;

	(void)usage_count(json_member(object, name), &count); /* or 0 */
	return count;
}

struct readings {
	struct slice values[READINGS_MAX];
	size_t count;
};

static void add_reading(struct readings *to, struct slice value)
{
	if (to->count < READINGS_MAX)
		to->values[to->count++] = value;
}

static void add_readings(struct readings *to, struct slice object, struct slice name)
{
	for (struct json_cursor member = json_cursor(object); json_next(&member);)
		if (json_key_equal(&member, name))
			add_reading(to, member.value);
}

/* Input at a lower price.  Anthropic and Bedrock count what was cached beside the rest. */
static bool is_discount(struct slice name)
{
	return slice_is_one_of(
	    name, "cached_tokens prompt_cache_hit_tokens cachedContentTokenCount");
}

static bool is_larger(struct slice value, struct slice than)
{
	int64_t one, other;

	if (usage_count(value, &one) && usage_count(than, &other) && one != other)
		return one > other;
	if (number_scaled(value, 9, &one, NULL) == 0 && number_scaled(than, 9, &other, NULL) == 0)
		return one > other;
	return value.len > than.len; /* lists, texts and what no count can be */
}

static struct slice dearest_of(const struct readings *values, bool discount)
{
	struct slice best = values->values[0];

	for (size_t i = 1; i < values->count; i++) {
		struct slice value = values->values[i];
		bool is_true = json_scan_type(best) == JSON_BOOL && slice_is(best, "true");

		if (json_scan_type(value) == JSON_NIL || is_true)
			continue;
		if (json_scan_type(best) == JSON_NIL || json_scan_type(value) == JSON_BOOL ||
		    is_larger(value, best) != discount)
			best = value;
	}
	return best;
}

static bool all_maps(const struct readings *values)
{
	for (size_t i = 0; i < values->count; i++)
		if (json_scan_type(values->values[i]) != JSON_MAP)
			return false;
	return values->count > 0;
}

static bool stood_in(struct slice object, const struct json_cursor *member)
{
	for (struct json_cursor other = json_cursor(object);
	     json_next(&other) && other.key.ptr != member->key.ptr;)
		if (json_key_equal(&other, member->key))
			return true;
	return false;
}

static bool stood_before(
    const struct readings *objects, size_t at, const struct json_cursor *member)
{
	for (size_t i = 0; i <= at; i++)
		if (stood_in(objects->values[i], member))
			return true;
	return false;
}

static char *put_dearest(char *at, const struct readings *objects, size_t expected);

static char *put_member(
    char *at, const struct readings *objects, const struct json_cursor *member, size_t expected)
{
	struct readings values = { .count = 0 };
	bool discount = is_discount(member->key);

	for (size_t i = 0; i < objects->count; i++)
		add_readings(&values, objects->values[i], member->key);
	if (discount && values.count < expected)
		return at;
	at = slice_put(at, (struct slice){ member->key.ptr - 1, member->key.len + 2 });
	*at++ = ':';
	at = all_maps(&values)
		 ? put_dearest(at, &values, values.count > expected ? values.count : expected)
		 : slice_put(at, dearest_of(&values, discount));
	*at++ = ',';
	return at;
}

/* No longer than the objects together.  expected: how many would be read if each stood alone. */
static char *put_dearest(char *at, const struct readings *objects, size_t expected)
{
	*at++ = '{';
	for (size_t i = 0; i < objects->count; i++)
		for (struct json_cursor member = json_cursor(objects->values[i]);
		     json_next(&member);)
			if (!stood_before(objects, i, &member))
				at = put_member(at, objects, &member, expected);
	if (at[-1] == ',')
		at--;
	*at++ = '}';
	return at;
}

/* Equal names have equal bits, and those that stand together in usage mostly have different ones;
 * one that is written with escapes may be equal to any. */
static uint64_t name_bits(const struct json_cursor *member)
{
	unsigned first = member->key.len ? (unsigned char)member->key.ptr[0] : 0;

	return member->key_escaped ? UINT64_MAX : UINT64_C(1) << (member->key.len + 5 * first) % 64;
}

static bool has_doubles(struct slice object)
{
	uint64_t before = 0, bits;

	if (json_scan_type(object) != JSON_MAP)
		return false;
	for (struct json_cursor member = json_cursor(object); json_next(&member);) {
		bits = name_bits(&member);
		if (((before & bits) && stood_in(object, &member)) || has_doubles(member.value))
			return true;
		before |= bits;
	}
	return false;
}

struct slice usage_dearest(
    struct slice object, const char *name, struct slice last, bool once, struct arena *arena)
{
	struct readings all, maps;
	size_t size = 0;
	char *text, *end;

	if (once && !has_doubles(last))
		return last;
	all.count = maps.count = 0;
	if (once)
		add_reading(&all, last);
	else
		add_readings(&all, object, slice_of(name));
	for (size_t i = 0; i < all.count; i++)
		if (json_scan_type(all.values[i]) == JSON_MAP) {
			add_reading(&maps, all.values[i]);
			size += all.values[i].len + 2;
		}
	if (maps.count == 0 || (maps.count == 1 && !has_doubles(maps.values[0])))
		return maps.count ? maps.values[0] : last;
	text = arena_alloc(arena, size);
	end = put_dearest(text, &maps, maps.count);
	return (struct slice){ text, (size_t)(end - text) };
}

struct slice usage_member(struct slice object, const char *name, struct arena *arena)
{
	const struct slice wanted = slice_of(name);
	struct slice last;
	bool once = json_members_once(object, &wanted, 1, &last);

	return usage_dearest(object, name, last, once, arena);
}
