/* See the header. */
#include "text_maker.h"

#include <stdlib.h>
#include <string.h>

#define KEPT       200
#define PLAIN_MOST 60 /* characters of a text that is not JSON */
#define DEPTH_MOST 3

struct text_maker {
	uint64_t state;
	struct best {
		struct made made[3 * KEPT];
		int count;
	} best[2]; /* plain, JSON */
};

static const uint32_t blocks[][2] = { { 0x80, 0x250 }, { 0x2B0, 0x530 }, { 0x590, 0x750 },
	{ 0x900, 0xE80 }, { 0xF00, 0x1200 }, { 0x1E00, 0x2400 }, { 0x2A00, 0x3400 },
	{ 0x4E00, 0x4F00 }, { 0xAC00, 0xAD00 }, { 0xF900, 0x10000 }, { 0x11000, 0x11900 },
	{ 0x1D100, 0x1D200 }, { 0x1D400, 0x1D800 }, { 0x1F100, 0x1F700 }, { 0x20000, 0x20100 },
	{ 0x2F800, 0x2FA20 } };
static const uint32_t pieces[][5] = { U"\n", U"\t", U"  ", U"    ", U"', '", U"\",\"", U"1e15",
	U"[1,2", U"0.", U"12", U"é", U"\u0301", U"\u0323", U"\u0958", U"\U0001d160", U"\ufdfa",
	U"Ǖ", U"\u0328", U"<|", U"|>", U"'s", U"'LL", U"//", U"\r\n", U"~ ", U"Y,N,", U"aB", U"ZZ",
	U"\x7f", U"\u00a0", U"\u2028", U"\ufb2c", U"각", U"\u1100", U"\u1161", U"the ", U" The",
	U"中", U"。", U"の", U"ing ", U"</" };
/* As a client may write it, and as Python does. */
static const char *const scalars[][2] = { { "1", "1" }, { "0", "0" }, { "-1", "-1" },
	{ "7.5", "7.5" }, { "12", "12" }, { "1e15", "1000000000000000.0" }, { "123456", "123456" },
	{ "1e22", "1e+22" }, { "5e-7", "5e-07" }, { "0.1", "0.1" }, { "true", "true" },
	{ "null", "null" }, { "1E3", "1000.0" }, { "-0.0", "-0.0" } };

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static uint32_t draw(struct text_maker *maker)
{
	maker->state ^= maker->state >> 12;
	maker->state ^= maker->state << 25;
	maker->state ^= maker->state >> 27;
	return (uint32_t)((maker->state * 0x2545F4914F6CDD1Du) >> 32);
}

static int below(struct text_maker *maker, int most)
{
	return (int)((uint64_t)draw(maker) * (uint64_t)most >> 32);
}

static bool chance(struct text_maker *maker, int percent)
{
	return below(maker, 100) < percent;
}

struct chars {
	uint32_t *at;
	int length, most;
};

static void add(struct chars *out, uint32_t c)
{
	if (out->length < out->most)
		out->at[out->length++] = c;
}

static void add_ascii(struct chars *out, const char *text)
{
	for (; *text; text++)
		add(out, (unsigned char)*text);
}

static void add_all(struct chars *out, const uint32_t *chars, int length)
{
	for (int i = 0; i < length; i++)
		add(out, chars[i]);
}

/* A character, or a few that belong together. */
static void add_something(struct text_maker *maker, struct chars *out)
{
	int r = below(maker, 100);
	const uint32_t *piece;

	if (r < 60) {
		add(out, (uint32_t)(32 + below(maker, 95)));
	} else if (r < 75) {
		piece = pieces[below(maker, COUNT_OF(pieces))];
		for (; *piece; piece++)
			add(out, *piece);
	} else {
		int i = below(maker, COUNT_OF(blocks));

		add(out, blocks[i][0] + (uint32_t)below(maker, (int)(blocks[i][1] - blocks[i][0])));
	}
}

static void add_fresh(struct text_maker *maker, struct chars *out)
{
	uint32_t room[32];
	struct chars unit = { room, 0, COUNT_OF(room) };
	int times = chance(maker, 70) ? 1 + below(maker, 6) : 1;

	for (int i = 1 + below(maker, 6); i > 0; i--)
		add_something(maker, &unit);
	while (times-- > 0)
		add_all(out, room, unit.length);
}

/* What a change puts in place of `gone` characters at a place. */
static void replace(struct text_maker *maker, struct chars *text, int at, int gone)
{
	uint32_t rest[TEXT_MAKER_CHARS];
	int length = text->length - at - gone;

	memcpy(rest, text->at + at + gone, (size_t)length * sizeof *rest);
	text->length = at;
	add_something(maker, text);
	add_all(text, rest, length);
}

static void mutate(struct text_maker *maker, struct chars *text)
{
	int r = below(maker, 100), at = below(maker, text->length + 1);

	if (r < 35 || at == text->length) {
		replace(maker, text, at, 0);
	} else if (r < 60) {
		if (text->length > 1) {
			memmove(text->at + at, text->at + at + 1,
			    (size_t)(text->length - at - 1) * sizeof *text->at);
			text->length--;
		}
	} else if (r < 85) {
		replace(maker, text, at, 1);
	} else { /* its beginning twice */
		uint32_t old[TEXT_MAKER_CHARS];
		int length = text->length;

		memcpy(old, text->at, (size_t)length * sizeof *old);
		text->length = at;
		add_all(text, old, length);
	}
}

static void add_text(struct text_maker *maker, struct chars *out)
{
	const struct best *best = &maker->best[0];
	struct chars text = { out->at + out->length, 0, out->most - out->length };

	if (text.most > PLAIN_MOST)
		text.most = PLAIN_MOST;
	if (best->count == 0 || !chance(maker, 70)) {
		text.most = out->most - out->length;
		add_fresh(maker, &text);
	} else {
		const struct made *old = &best->made[below(maker, best->count)];

		add_all(&text, old->client, old->length);
		for (int i = 1 + below(maker, 3); i > 0 && text.most > 0; i--)
			mutate(maker, &text);
	}
	out->length += text.length;
}

/* ---- JSON, in both writings ---- */

struct writings {
	struct chars client, vendor;
};

static void both(struct writings *out, const char *client, const char *vendor)
{
	add_ascii(&out->client, client);
	add_ascii(&out->vendor, vendor);
}

/* As json.dumps with ensure_ascii=False escapes it, and all others. */
static void add_escaped(struct chars *out, const uint32_t *chars, int length)
{
	static const char hex[] = "0123456789abcdef";

	add(out, '"');
	for (int i = 0; i < length; i++) {
		uint32_t c = chars[i];
		const char *short_form = c == '\n' ? "n" : c == '\t' ? "t" : c == '\r' ? "r" : NULL;

		if (c == '"' || c == '\\' || short_form) {
			add(out, '\\');
			add(out, short_form ? (uint32_t)*short_form : c);
		} else if (c < 0x20) {
			add_ascii(out, "\\u00");
			add(out, (uint32_t)hex[c >> 4]);
			add(out, (uint32_t)hex[c & 15]);
		} else {
			add(out, c);
		}
	}
	add(out, '"');
}

static void add_string(struct text_maker *maker, struct writings *out, int most)
{
	uint32_t room[PLAIN_MOST * 3];
	struct chars text = { room, 0, COUNT_OF(room) };

	add_text(maker, &text);
	if (text.length > most)
		text.length = most;
	add_escaped(&out->client, room, text.length);
	add_escaped(&out->vendor, room, text.length);
}

static void add_value(struct text_maker *maker, struct writings *out, int depth)
{
	int r = below(maker, 100), scalar = below(maker, COUNT_OF(scalars));
	bool map = r >= 85;

	if (r < 35) {
		both(out, scalars[scalar][0], scalars[scalar][1]);
		return;
	}
	if (r < 60 || depth == DEPTH_MOST) {
		add_string(maker, out, 12);
		return;
	}
	both(out, map ? "{" : "[", map ? "{" : "[");
	for (int i = 0, count = below(maker, map ? 5 : 7); i < count; i++) {
		if (i > 0)
			both(out, ",", ", ");
		if (map) {
			char number[] = { (char)('0' + i), '\0' }; /* names differ, so that none
								      is lost */
			both(out, "\"", "\"");
			both(out, number, number);
			both(out, "\":", "\": ");
		}
		add_value(maker, out, depth + 1);
	}
	both(out, map ? "}" : "]", map ? "}" : "]");
}

/* [value,old] or, of a list, a value more at its beginning. */
static void add_to_old(struct text_maker *maker, struct writings *out, const struct made *old)
{
	int from = old->client[0] == '[' && old->client[1] != ']' && chance(maker, 70);

	both(out, "[", "[");
	add_value(maker, out, 2);
	both(out, ",", ", ");
	add_all(&out->client, old->client + from, old->length - from);
	add_all(&out->vendor, old->vendor + from, old->vendor_length - from);
	if (!from)
		both(out, "]", "]");
}

static void make_json(struct text_maker *maker, struct made *made)
{
	const struct best *best = &maker->best[1];
	struct writings out;

	do { /* what was cut off at the end is no JSON */
		out = (struct writings){ { made->client, 0, TEXT_MAKER_CHARS },
			{ made->vendor, 0, TEXT_MAKER_CHARS } };
		if (best->count > 0 && chance(maker, 60))
			add_to_old(maker, &out, &best->made[below(maker, best->count)]);
		else
			add_value(maker, &out, 0);
	} while (out.client.length == TEXT_MAKER_CHARS || out.vendor.length == TEXT_MAKER_CHARS);
	made->length = out.client.length;
	made->vendor_length = out.vendor.length;
}

/* ---- from outside ---- */

struct text_maker *text_maker_new(uint64_t seed)
{
	struct text_maker *maker = calloc(1, sizeof *maker);

	if (!maker)
		exit(1);
	maker->state = seed * 0x9E3779B97F4A7C15u + 1;
	return maker;
}

void text_maker_make(struct text_maker *maker, bool json, struct made *out)
{
	struct chars text = { out->client, 0, TEXT_MAKER_CHARS };

	if (json) {
		make_json(maker, out);
		return;
	}
	add_text(maker, &text);
	if (text.length == 0)
		add(&text, 'a');
	memcpy(out->vendor, out->client, (size_t)text.length * sizeof *out->vendor);
	out->length = out->vendor_length = text.length;
}

int text_maker_quote(const struct made *made, uint32_t *out)
{
	struct chars text = { out, 0, TEXT_MAKER_QUOTED };

	add_escaped(&text, made->client, made->length);
	return text.length;
}

static int by_ratio(const void *a, const void *b)
{
	double one = ((const struct made *)a)->ratio, other = ((const struct made *)b)->ratio;

	return one < other ? 1 : one > other ? -1 : 0;
}

static bool is_same(const struct made *a, const struct made *b)
{
	return a->length == b->length &&
	       memcmp(a->client, b->client, (size_t)a->length * sizeof *a->client) == 0;
}

void text_maker_keep(struct text_maker *maker, bool json, const struct made *made)
{
	struct best *best = &maker->best[json];

	for (int i = 0; i < best->count; i++)
		if (is_same(&best->made[i], made))
			return;
	best->made[best->count++] = *made;
	if (best->count < 3 * KEPT)
		return;
	qsort(best->made, (size_t)best->count, sizeof *best->made, by_ratio);
	best->count = KEPT;
}
