/*
 * Text to marked runs, and these to the fewest tokens.  See the header.
 *
 * As ctok has it: words stand between marks (where one begins, where it ends, that it begins with a
 * capital or is nothing but capitals, and then its letters are small); signs and some numbers have
 * such marks where they stand beside a space; and a space between an end and a beginning is not
 * written.  A run of a kind is tiled with the fewest tokens, a byte being one in any case.  ctok
 * tiles the whole text at once, but no token reaches over a word's marks, and of the few that have
 * signs of two kinds this count makes two.  Of NFC it does what
 * single characters become; where several become one counts are less, as at the ends of messages.
 */
#include "vocabulary/claude.h"

#include <assert.h>

#include "base/utf8.h"

#include "base/banned.h"

/* The bytes that stand for marks in the table; texts have none, because such are stripped. */
enum { MARK_BEGIN = 1, MARK_END, MARK_CAPITAL, MARK_CAPITALS, MARK_OF_MEMO };

/* As tests/bound/claude_pieces.py writes them. */
enum class {
	CLASS_STRIPPED,
	CLASS_BLANK, /* a space, and what is read as one */
	CLASS_OTHER_SPACE,
	CLASS_WORD,
	CLASS_UPPER,      /* of words, too */
	CLASS_ODD,        /* a capital that leaves its word as it is */
	CLASS_CASELESS,   /* a numeral of words, which is no small letter where all others are
			     capitals */
	CLASS_UNASSIGNED, /* the same, and behind a word that ends with it no contraction stands */
	CLASS_STRAY,      /* a mark: of the word that it stands in, else it begins one */
	CLASS_DIGIT,
	CLASS_OTHER_DIGIT,
	CLASS_SIGN,
	CLASS_LETTER_ALONE,
	CLASS_NUMBER_ALONE,
	CLASS_SIGN_ALONE,
	CLASS_SELECTOR, /* goes with the character before it */
	CLASS_CHANGED,  /* by NFC */
};

extern const struct claude_characters {
	uint8_t class[65536];
	uint8_t small[65536][2]; /* of a capital */
	struct changed {
		uint8_t code[2], parts[3][2];
	} changed[]; /* in order, and a row of nothing */
} claude_characters;
__asm__(".pushsection .rodata,\"a\",%progbits\n.globl claude_characters\nclaude_characters:\n"
	".incbin \"app/vocabulary/claude.characters\"\n.popsection\n");

#define KEY_MAX          256 /* bytes that are tiled at once; longer runs are cut, and tokens only more */
#define MIXED_MAX        40 /* longer tokens are one character again and again */
#define ALL_CAPITALS_MIN 4

struct letter {
	uint32_t code;
	enum class class;
	const char *at, *next; /* at == next: the text's end, a line break of no length */
};

struct reader {
	const struct claude_manner *manner;
	struct vocabulary_memo *memo;
	const char *end;
	struct letter next;
	int64_t tokens;
	bool behind_blank;
	bool ended;    /* a mark of an end was written last */
	bool seam;     /* and a single space behind it, not counted yet */
	bool bordered; /* the last run is one that may have such a mark of its own */
	size_t len;
	char key[KEY_MAX + 8];
};

/* ---- characters ---- */

static void fold_quote(struct letter *c)
{
	if (c->code != 0x2018 && c->code != 0x2019 && c->code != 0x201C && c->code != 0x201D)
		return;
	c->code = c->code < 0x201C ? '\'' : '"';
	c->class = CLASS_SIGN;
}

static uint32_t two_bytes(const uint8_t bytes[2])
{
	return bytes[0] | (uint32_t)bytes[1] << 8;
}

static enum class class_of(uint32_t code) {
	return code < 0x10000 ? (enum class)claude_characters.class[code] : CLASS_LETTER_ALONE;
}

static const struct changed *changed_by_nfc(uint32_t code)
{
	const struct changed *row = claude_characters.changed;

	while (two_bytes(row->code) < code)
		row++;
	return row;
}

/* A part of what a character becomes.  One that becomes several has at least as many bytes: where
 * its second stands is the second of these. */
static struct letter part_at(const char *at, size_t part)
{
	uint32_t code;
	size_t length = utf8_decode(at - part, &code);
	const struct changed *row = changed_by_nfc(code);
	bool more = part < 2 && two_bytes(row->parts[part + 1]);

	code = two_bytes(row->parts[part]);
	return (struct letter){ code, class_of(code), at, more ? at + 1 : at - part + length };
}

/* Not of ASCII.  Apart, so that the others stay in registers. */
static __attribute__((noinline)) struct letter other_letter_at(const char *at)
{
	struct letter c = { .at = at };
	size_t part = 0;

	while (((unsigned char)*(at - part) & 0xC0) == 0x80)
		part++;
	if (part > 0)
		return part_at(at, part);
	c.next = at + utf8_decode(at, &c.code);
	c.class = class_of(c.code);
	return c.class == CLASS_CHANGED ? part_at(at, 0) : c;
}

/* The character at a place, or the next that is not stripped. */
static inline struct letter letter_at(const struct reader *reader, const char *at)
{
	struct letter c = { .code = '\n', .class = CLASS_OTHER_SPACE, .at = at, .next = at };

	for (; at < reader->end; at = c.next) {
		unsigned char byte = (unsigned char)*at;

		if (byte < 0x80)
			c = (struct letter){ byte, (enum class)claude_characters.class[byte], at,
				at + 1 };
		else
			c = other_letter_at(at);
		if (c.class == CLASS_STRIPPED)
			continue;
		if (c.code >= 0x2018 && reader->manner->folds_quotes)
			fold_quote(&c);
		return c;
	}
	return (struct letter){ .code = '\n', .class = CLASS_OTHER_SPACE, .at = at, .next = at };
}

static inline bool is_of_word(enum class class)
{
	return class >= CLASS_WORD && class <= CLASS_STRAY;
}

static inline bool at_end(const struct letter *c)
{
	return c->at == c->next;
}

static inline void go_on(struct reader *reader)
{
	reader->next = letter_at(reader, reader->next.next);
}

/* ---- the fewest tokens of a run ---- */

static bool is_token(
    const struct vocabulary_table *table, const char *at, size_t len, const char *end)
{
	uint64_t begin = vocabulary_begin(at, len, end);
	uint64_t hash = vocabulary_hash(begin, at, len, end);

	return vocabulary_may_be_token(table, hash, len) &&
	       vocabulary_find(table, begin, hash, at, len);
}

/* What is behind it has at most a token a byte more. */
static void lower_to(uint16_t *fewest, size_t at, size_t len, unsigned tokens)
{
	for (; at <= len && tokens < fewest[at]; at++, tokens++)
		fewest[at] = (uint16_t)tokens;
}

static uint32_t two_places(const char *at)
{
	return (uint32_t)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

/* How many bytes may be one token from here on. */
static size_t longest_token(
    const struct vocabulary_table *table, const char *key, size_t at, size_t len)
{
	size_t most = len - at < table->longest ? len - at : table->longest, same = 1;

	if (most <= MIXED_MAX)
		return most;
	while (at + same < len && key[at] == key[at + same])
		same++;
	return same < MIXED_MAX ? MIXED_MAX : same < most ? same : most;
}

/* A token is looked up only where it would lower what is known, and the end's fewest with it. */
static uint16_t fewest_tokens(
    const struct vocabulary_table *table, const char *key, size_t len, const char *end)
{
	uint16_t fewest[KEY_MAX + 1];

	for (size_t i = 0; i <= len; i++)
		fewest[i] = (uint16_t)i;
	for (size_t i = 0; i + 1 < len; i++) {
		unsigned tokens = fewest[i] + 1U;
		size_t most = tokens < fewest[len] ? longest_token(table, key, i, len) : 0;

		assert(most <= len - i);
		for (size_t k = 2;
		     k <= most && vocabulary_has(table->beside, two_places(key + i + k - 2)); k++)
			if (tokens < fewest[i + k] && is_token(table, key + i, k, end))
				lower_to(fewest, i + k, len, tokens);
	}
	return fewest[len];
}

/* A long run of one character is remembered by its length. */
static size_t memo_key(
    const char *key, size_t len, char out[sizeof((struct vocabulary_known *)0)->piece])
{
	size_t first = key[0] == MARK_BEGIN, last = len - (key[len - 1] == MARK_END);

	if (len <= sizeof((struct vocabulary_known *)0)->piece) {
		memcpy(out, key, len);
		return len;
	}
	for (size_t i = first + 1; i < last; i++)
		if (key[i] != key[first])
			return 0;
	out[0] = MARK_OF_MEMO;
	out[1] = (char)first;
	out[2] = (char)(last < len);
	out[3] = key[first];
	out[4] = (char)len;
	return 5;
}

static uint16_t remembered(const struct reader *reader, const char *key, size_t len, uint64_t hash)
{
	struct vocabulary_known *known = &reader->memo->known[hash & (reader->memo->slots - 1)];
	const char *end = reader->key + sizeof reader->key;
	char name[sizeof known->piece];
	size_t name_len = memo_key(key, len, name);

	if (!name_len)
		return fewest_tokens(reader->manner->table, key, len, end);
	if (known->length != name_len || memcmp(known->piece, name, name_len) != 0) {
		memcpy(known->piece, name, name_len);
		known->length = (uint8_t)name_len;
		known->tokens = fewest_tokens(reader->manner->table, key, len, end);
	}
	return known->tokens;
}

/* ---- the run that is written ---- */

static void flush(struct reader *reader)
{
	const struct vocabulary_table *table = reader->manner->table;
	const char *end = reader->key + sizeof reader->key;
	uint64_t begin = vocabulary_begin(reader->key, reader->len, end);
	uint64_t hash = vocabulary_hash(begin, reader->key, reader->len, end);

	if (reader->len == 0)
		return;
	if (reader->len == 1 || (vocabulary_may_be_token(table, hash, reader->len) &&
				    vocabulary_find(table, begin, hash, reader->key, reader->len)))
		reader->tokens++;
	else
		reader->tokens += remembered(reader, reader->key, reader->len, hash);
	reader->len = 0;
}

static inline void put_byte(struct reader *reader, char byte)
{
	if (reader->len == KEY_MAX)
		flush(reader);
	reader->key[reader->len++] = byte;
}

static void put_code(struct reader *reader, uint32_t code)
{
	if (reader->len + 4 > KEY_MAX)
		flush(reader);
	if (code < 0x80) {
		put_byte(reader, (char)code);
		return;
	}
	if (code >= 0x10000) {
		put_byte(reader, (char)(0xF0 | code >> 18));
		put_byte(reader, (char)(0x80 | (code >> 12 & 0x3F)));
	} else if (code >= 0x800) {
		put_byte(reader, (char)(0xE0 | code >> 12));
	}
	put_byte(reader, (char)(code >= 0x800 ? 0x80 | (code >> 6 & 0x3F) : 0xC0 | code >> 6));
	put_byte(reader, (char)(0x80 | (code & 0x3F)));
}

/* Behind an end, a space before a beginning is not written. */
static void begin_run(struct reader *reader, bool mark)
{
	if (reader->seam && !mark)
		reader->tokens++;
	reader->seam = false;
	if (mark)
		put_byte(reader, MARK_BEGIN);
}

static void end_run(struct reader *reader, bool mark, bool bordered)
{
	if (mark)
		put_byte(reader, MARK_END);
	flush(reader);
	reader->ended = mark;
	reader->behind_blank = false;
	reader->bordered = bordered;
}

/* A mark of an end stands for a space, and so for a single one. */
static bool is_before_single_blank(const struct reader *reader)
{
	return reader->next.class == CLASS_BLANK && !at_end(&reader->next) &&
	       letter_at(reader, reader->next.next).class != CLASS_BLANK;
}

/* ---- words ---- */

struct word {
	unsigned letters, capitals, caseless;
	bool begins_with_capital, odd;
	enum class last;
	const char *end;
};

static inline void add_letter(struct word *word, const struct letter *c)
{
	if (c->class == CLASS_UPPER) {
		word->capitals++;
		word->begins_with_capital |= word->letters == 0;
	}
	word->caseless += c->class == CLASS_CASELESS || c->class == CLASS_UNASSIGNED;
	word->odd |= c->class == CLASS_ODD;
	word->letters++;
	word->last = c->class;
	word->end = c->next;
}

/* A mark that begins a word leaves it as it is. */
static struct word word_at(const struct reader *reader)
{
	struct word word = { .odd = reader->next.class == CLASS_STRAY };

	for (struct letter c = reader->next; is_of_word(c.class); c = letter_at(reader, c.next))
		add_letter(&word, &c);
	return word;
}

static char mark_of(const struct reader *reader, const struct word *word)
{
	if (word->odd || word->capitals == 0)
		return 0;
	if (reader->manner->has_mark_of_capitals && word->letters >= ALL_CAPITALS_MIN &&
	    word->capitals + word->caseless == word->letters)
		return MARK_CAPITALS;
	return word->begins_with_capital && word->capitals == 1 ? MARK_CAPITAL : 0;
}

static uint32_t small_letter(const struct letter *c)
{
	return c->class == CLASS_UPPER ? two_bytes(claude_characters.small[c->code]) : c->code;
}

static void put_word(struct reader *reader, bool small)
{
	for (; is_of_word(reader->next.class); go_on(reader))
		put_code(reader, small ? small_letter(&reader->next) : reader->next.code);
}

#define PLAIN_MAX 64

/* Where a word of ASCII ends that has nothing else in it or behind it; NULL: it is another or a
 * long one. */
static const char *plain_end(const struct reader *reader, struct word *word)
{
	const char *at = reader->next.at, *end = reader->end;
	enum class class = CLASS_WORD;

	if (end - at > PLAIN_MAX)
		end = at + PLAIN_MAX;
	for (; at < end && (unsigned char)*at < 0x80; at++) {
		class = (enum class)claude_characters.class[(unsigned char)*at];
		if (class != CLASS_WORD && class != CLASS_UPPER)
			break;
		word->capitals += class == CLASS_UPPER;
		word->letters++;
	}
	word->begins_with_capital = reader->next.class == CLASS_UPPER;
	return at == end || (unsigned char)*at >= 0x80 || class == CLASS_STRIPPED ? NULL : at;
}

static bool read_plain_word(struct reader *reader)
{
	struct word word = { .letters = 0 };
	const char *end = plain_end(reader, &word);
	char mark, *to;

	if (!end)
		return false;
	mark = mark_of(reader, &word);
	to = reader->key;
	if (mark)
		*to++ = mark;
	*to++ = MARK_BEGIN;
	for (const char *at = reader->next.at; at < end; at++)
		*to++ = (char)(mark ? *at | 0x20 : *at);
	reader->len = (size_t)(to - reader->key);
	reader->next = letter_at(reader, end);
	return true;
}

static void read_word(struct reader *reader)
{
	struct word word;
	char mark;

	reader->seam = false;
	if (read_plain_word(reader)) {
		end_run(reader, true, false);
		return;
	}
	word = word_at(reader);
	mark = mark_of(reader, &word);
	if (mark)
		put_byte(reader, mark);
	put_byte(reader, MARK_BEGIN);
	put_word(reader, mark != 0);
	end_run(reader, true, word.last == CLASS_UNASSIGNED);
}

/* ---- all else ---- */

static void read_spaces(struct reader *reader)
{
	bool ended = reader->ended, blank = false;
	unsigned count = 0;

	for (; reader->next.class <= CLASS_OTHER_SPACE && !at_end(&reader->next);
	     go_on(reader), count++) {
		blank = reader->next.class == CLASS_BLANK;
		put_code(reader, blank ? ' ' : reader->next.code);
	}
	if (count == 1 && blank && ended) {
		reader->len = 0;
		reader->seam = true;
	}
	end_run(reader, false, false);
	reader->behind_blank = blank;
}

/* 's, 't and the like, which belong to the word before them; next stands behind the apostrophe. */
static bool read_contraction(struct reader *reader)
{
	static const char ends[][3] = { "s", "t", "d", "m", "ll", "re", "ve" };
	struct word word = word_at(reader);
	size_t len = (size_t)(word.end - reader->next.at);

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (len == strlen(ends[i]) && memcmp(reader->next.at, ends[i], len) == 0) {
			put_word(reader, false);
			end_run(reader, true, false);
			return true;
		}
	return false;
}

static void read_signs(struct reader *reader)
{
	struct letter c = reader->next, behind = letter_at(reader, c.next);
	bool opens = c.code == '\'' && is_of_word(behind.class), bordered = reader->bordered;

	begin_run(reader, reader->behind_blank && !opens);
	for (; reader->next.class == CLASS_SIGN; go_on(reader))
		put_code(reader, reader->next.code);
	if (opens && !bordered && read_contraction(reader))
		return;
	end_run(reader, is_before_single_blank(reader), true);
}

static void read_digits(struct reader *reader)
{
	bool border = reader->next.class == CLASS_OTHER_DIGIT;

	begin_run(reader, border && reader->behind_blank);
	for (; reader->next.class == CLASS_DIGIT || reader->next.class == CLASS_OTHER_DIGIT;
	     go_on(reader)) {
		put_code(reader, reader->next.code);
		border = reader->next.class == CLASS_OTHER_DIGIT;
	}
	end_run(reader, border && is_before_single_blank(reader), border);
}

/* Han, Hangul, what is above the first plane: no token has two of them. */
static void read_letters_alone(struct reader *reader)
{
	bool selector = reader->next.class == CLASS_SELECTOR;

	begin_run(reader, selector && reader->behind_blank);
	for (; reader->next.class == CLASS_LETTER_ALONE || reader->next.class == CLASS_SELECTOR;
	     go_on(reader)) {
		selector = reader->next.class == CLASS_SELECTOR;
		put_code(reader, reader->next.code);
		flush(reader);
	}
	end_run(reader, selector && is_before_single_blank(reader), selector);
}

static void read_signs_alone(struct reader *reader)
{
	enum class one = reader->next.class;

	begin_run(reader, reader->behind_blank);
	for (; reader->next.class == one || reader->next.class == CLASS_SELECTOR; go_on(reader))
		put_code(reader, reader->next.code);
	end_run(reader, is_before_single_blank(reader), true);
}

static void (*const readers[])(struct reader *reader) = {
	[CLASS_BLANK] = read_spaces,
	[CLASS_OTHER_SPACE] = read_spaces,
	[CLASS_WORD] = read_word,
	[CLASS_UPPER] = read_word,
	[CLASS_ODD] = read_word,
	[CLASS_CASELESS] = read_word,
	[CLASS_UNASSIGNED] = read_word,
	[CLASS_STRAY] = read_word,
	[CLASS_DIGIT] = read_digits,
	[CLASS_OTHER_DIGIT] = read_digits,
	[CLASS_SIGN] = read_signs,
	[CLASS_LETTER_ALONE] = read_letters_alone,
	[CLASS_NUMBER_ALONE] = read_signs_alone,
	[CLASS_SIGN_ALONE] = read_signs_alone,
	[CLASS_SELECTOR] = read_letters_alone,
};

int64_t claude_tokens(
    const struct claude_manner *manner, struct slice text, struct vocabulary_memo *memo)
{
	struct reader reader = { .manner = manner, .memo = memo, .end = text.ptr + text.len };

	reader.next = letter_at(&reader, text.ptr);
	while (!at_end(&reader.next))
		readers[reader.next.class](&reader);
	return reader.tokens + reader.seam;
}
