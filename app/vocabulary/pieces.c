/*
 * Pre-tokenizers.  See the header.
 *
 * Each alternative of the expressions is a function that gives the end of its match, or NULL; they
 *are tried in the order of the expression.  cl100k:
 *	'(?i:[sdmt]|ll|ve|re) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n]* |
 *\s*[\r\n]+ | \s+(?!\S) | \s+ o200k: words begin with capitals or have them alone, take marks in,
 *and a contraction at their end; signs take '/' behind them.
 */
#include "vocabulary/pieces.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"

#include "base/banned.h"

/* Unicode's general categories, as far as they are asked for. */
enum {
	CLASS_UPPER = 1, /* Lu, Lt; with LOWER: Lm, Lo */
	CLASS_LOWER = 2,
	CLASS_LETTER = CLASS_UPPER | CLASS_LOWER,
	CLASS_MARK = 4,
	CLASS_NUMBER = 8,
	CLASS_SPACE = 16, /* White_Space */
	CLASS_SIGN = 32,  /* P and S */
};

#include "vocabulary/char_classes.inc" /* class_pages, classes */

/* A character in front of the reader: its class, and where the next one begins. */
struct character {
	uint32_t code;
	uint8_t class;
	const char *next;
};

static inline struct character character_at(const char *at)
{
	struct character c = { .code = (unsigned char)*at, .next = at + 1 };

	if (c.code < 0x80) {
		c.class = classes[0][c.code];
		return c;
	}
	c.next = at + utf8_decode(at, &c.code);
	c.class = classes[class_pages[c.code >> 8]][c.code & 0xFF];
	return c;
}

static inline bool is_break(uint32_t code)
{
	return code == '\n' || code == '\r';
}

/* The end of the run of characters of any of these classes. */
static const char *run_of(const char *at, const char *end, uint8_t of)
{
	while (at < end) {
		struct character c = character_at(at);

		if (!(c.class & of))
			break;
		at = c.next;
	}
	return at;
}

/* ---- what both have ---- */

/* 's, 't, 're, 've, 'm, 'll, 'd in any case; U+017F is an s too. */
static const char *contraction(const char *at, const char *end)
{
	static const char pairs[][3] = { "re", "ve", "ll" };

	if (end - at < 2 || *at != '\'')
		return NULL;
	if (memchr("sdmtSDMT", at[1], 8))
		return at + 2;
	if (end - at < 3)
		return NULL;
	if ((unsigned char)at[1] == 0xC5 && (unsigned char)at[2] == 0xBF)
		return at + 3;
	for (size_t i = 0; i < 3; i++)
		if ((at[1] | 0x20) == pairs[i][0] && (at[2] | 0x20) == pairs[i][1])
			return at + 3;
	return NULL;
}

static const char *numbers(const char *at, const char *end, int most)
{
	const char *from = at;

	while (at < end && most-- > 0) {
		struct character c = character_at(at);

		if (!(c.class & CLASS_NUMBER))
			break;
		at = c.next;
	}
	return at > from ? at : NULL;
}

/* A space perhaps, signs (whatever is no letter, number or white space), and breaks or other
 * characters behind them. */
static const char *signs(const char *at, const char *end, uint8_t words, char also)
{
	const char *from;

	if (*at == ' ')
		at++;
	for (from = at; at < end;) {
		struct character c = character_at(at);

		if (c.class & (words | CLASS_NUMBER | CLASS_SPACE))
			break;
		at = c.next;
	}
	if (at == from)
		return NULL;
	while (at < end && (is_break((unsigned char)*at) || (also && *at == also)))
		at++;
	return at;
}

/* White space up to its last break; else all of it but the last character, which goes with what
 * follows. */
static const char *spaces(const char *at, const char *end)
{
	const char *after_break = NULL, *last = at, *from = at;

	while (at < end) {
		struct character c = character_at(at);

		if (!(c.class & CLASS_SPACE))
			break;
		last = at;
		at = c.next;
		if (is_break(c.code))
			after_break = at;
	}
	if (after_break)
		return after_break;
	if (at == end || last == from)
		return at;
	return last;
}

/* ---- cl100k ---- */

static const char *plain_word(const char *at, const char *end, uint8_t words)
{
	struct character c = character_at(at);

	if (!(c.class & CLASS_LETTER)) {
		if (is_break(c.code) || (c.class & CLASS_NUMBER))
			return NULL;
		if (c.next == end || !(character_at(c.next).class & words))
			return c.class & words ? c.next : NULL;
		at = c.next;
	}
	return run_of(at, end, words);
}

/* words: what a word is made of, and signs are not. */
static const char *cl100k_end(const char *at, const char *end, int digits, uint8_t words)
{
	const char *next = contraction(at, end);

	if (!next)
		next = plain_word(at, end, words);
	if (!next)
		next = numbers(at, end, digits);
	if (!next)
		next = signs(at, end, words, 0);
	return next ? next : spaces(at, end);
}

/* ---- o200k ---- */

#define UPPERS (CLASS_UPPER | CLASS_MARK)
#define LOWERS (CLASS_LOWER | CLASS_MARK)

/* [UPPERS]*[LOWERS]+: where capitals end without a small letter, the last of them that is both (Lo,
 * Lm, marks) ends the word. */
static const char *small_word(const char *at, const char *end)
{
	const char *both = NULL;

	while (at < end) {
		struct character c = character_at(at);

		if (!(c.class & UPPERS))
			break;
		at = c.next;
		if (c.class & LOWERS)
			both = at;
	}
	return at < end && (character_at(at).class & LOWERS) ? run_of(at, end, LOWERS) : both;
}

/* [UPPERS]+[LOWERS]* */
static const char *capital_word(const char *at, const char *end)
{
	const char *from = at;

	at = run_of(at, end, UPPERS);
	return at > from ? run_of(at, end, LOWERS) : NULL;
}

/* A word, with what stands before it if that is no break, letter or number. */
static const char *word_of(
    const char *at, const char *end, const char *(*word)(const char *at, const char *end))
{
	struct character c = character_at(at);
	const char *found = NULL;

	if (!is_break(c.code) && !(c.class & (CLASS_LETTER | CLASS_NUMBER)))
		found = word(c.next, end);
	return found ? found : word(at, end);
}

static inline bool is_plain(char c)
{
	return (unsigned char)c < 0x80;
}

static inline const char *plain_run(const char *at, const char *end, uint8_t of)
{
	while (at < end && is_plain(*at) && (classes[0][(unsigned char)*at] & of))
		at++;
	return at;
}

/* The same for a word of ASCII, as most are; the text's beginning: other characters decide. */
static const char *plain_cased_word(const char *at, const char *end)
{
	const char *from = at, *next;
	uint8_t class = classes[0][(unsigned char)*at];

	if (!is_plain(*at))
		return at;
	if (!(class & CLASS_LETTER)) {
		if ((class & CLASS_NUMBER) || is_break((unsigned char)*at) || ++from == end)
			return NULL;
		if (is_plain(*from) && !(classes[0][(unsigned char)*from] & CLASS_LETTER))
			return NULL;
	}
	next = plain_run(plain_run(from, end, CLASS_UPPER), end, CLASS_LOWER);
	return next < end && !is_plain(*next) ? at : next;
}

static const char *cased_word(const char *at, const char *end)
{
	const char *next = plain_cased_word(at, end);

	if (next != at)
		return next;
	next = word_of(at, end, small_word);
	return next ? next : word_of(at, end, capital_word);
}

static const char *o200k_rest(const char *at, const char *end, int digits)
{
	const char *next = numbers(at, end, digits);

	if (!next)
		next = signs(at, end, CLASS_LETTER, '/');
	return next ? next : spaces(at, end);
}

static const char *o200k_end(const char *at, const char *end)
{
	const char *next = cased_word(at, end), *longer;

	if (!next)
		return o200k_rest(at, end, 3);
	longer = contraction(next, end);
	return longer ? longer : next;
}

static const char *tekken_end(const char *at, const char *end)
{
	const char *next = cased_word(at, end);

	return next ? next : o200k_rest(at, end, 1);
}

/* ---- DeepSeek ----
 *
 * Numbers and runs of Han and Kana are cut out first; the rest is cut by
 *	[!-/:-~][A-Za-z]+ | [^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+ | ?[\p{P}\p{S}]+[\r\n]* |
 *\s*[\r\n]+ | \s+(?!\S) | \s+ and what none of these takes stands alone.
 */

#define WORDS (CLASS_LETTER | CLASS_MARK)

static bool is_han_or_kana(uint32_t code)
{
	return (code >= 0x4E00 && code <= 0x9FA5) || (code >= 0x3040 && code <= 0x30FF);
}

static bool is_cut_out(const struct character *c)
{
	return (c->class & CLASS_NUMBER) || is_han_or_kana(c->code);
}

static const char *rest_run(const char *at, const char *end, uint8_t of)
{
	while (at < end) {
		struct character c = character_at(at);

		if (!(c.class & of) || is_cut_out(&c))
			break;
		at = c.next;
	}
	return at;
}

static const char *han_run(const char *at, const char *end)
{
	while (at < end) {
		struct character c = character_at(at);

		if (!is_han_or_kana(c.code))
			break;
		at = c.next;
	}
	return at;
}

static const char *ascii_run(const char *at, const char *end)
{
	while (at < end && ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z'))
		at++;
	return at;
}

static const char *rest_word(const char *at, const char *end)
{
	struct character c = character_at(at);
	const char *next;

	if (*at > ' ' && *at < 0x7F && (c.class & CLASS_SIGN) &&
	    (next = ascii_run(at + 1, end)) > at + 1)
		return next;
	if (!is_break(c.code) && !(c.class & (CLASS_LETTER | CLASS_SIGN)) &&
	    (next = rest_run(c.next, end, WORDS)) > c.next)
		return next;
	next = rest_run(at, end, WORDS);
	return next > at ? next : NULL;
}

static const char *rest_signs(const char *at, const char *end)
{
	const char *from = at + (*at == ' '), *next = rest_run(from, end, CLASS_SIGN);

	if (next == from)
		return NULL;
	while (next < end && is_break((unsigned char)*next))
		next++;
	return next;
}

/* White space before what is cut out goes whole. */
static const char *rest_spaces(const char *at, const char *end)
{
	const char *all = run_of(at, end, CLASS_SPACE);
	struct character next;

	if (all == at)
		return NULL;
	if (all < end) {
		next = character_at(all);
		if (is_cut_out(&next))
			end = all;
	}
	return spaces(at, end);
}

static const char *deepseek_end(const char *at, const char *end)
{
	struct character c = character_at(at);
	const char *next;

	if (c.class & CLASS_NUMBER)
		return numbers(at, end, 3);
	if (is_han_or_kana(c.code))
		return han_run(at, end);
	next = rest_word(at, end);
	if (!next)
		next = rest_signs(at, end);
	if (!next)
		next = rest_spaces(at, end);
	return next ? next : c.next;
}

/* ---- Gemma ----
 *
 * SentencePiece cuts nothing, but no token of it has a blank behind another character, except ">
 * </"; runs of two spaces, line breaks and tabs stand alone, and so do these tags.
 */

static const char *const tags[] = { "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td",
	"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "strong", "em", "b", "i", "u", "s", "sub",
	"sup", "code", "a", "html", "body", "img", "span", "bbox", "ul", "li", "div", "iframe",
	"footer" };

static const char *after_tag(const char *at, const char *end)
{
	const char *name = at + 1;

	name += name < end && *name == '/';
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		size_t len = strlen(tags[i]);

		if ((size_t)(end - name) > len && memcmp(name, tags[i], len) == 0 &&
		    name[len] == '>')
			return name + len + 1;
	}
	return NULL;
}

static inline const char *tag_end(const char *at, const char *end)
{
	return at < end && *at == '<' ? after_tag(at, end) : NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static bool goes_over_a_space(const char *at, const char *end)
{
	return at[-1] == '>' && end - at >= 3 && memcmp(at, " </", 3) == 0 && !tag_end(at + 1, end);
}

static const char *gemma_word(const char *at, const char *end)
{
	do
		at++;
	while (at < end && !tag_end(at, end) && (!is_blank(*at) || goes_over_a_space(at, end)));
	return at;
}

static const char *gemma_end(const char *at, const char *end)
{
	const char *next = at, *tag;

	while (next < end && is_blank(*at) && *next == *at)
		next++;
	if (next - at > 1 || (next > at && *at != ' '))
		return next;
	tag = tag_end(next, end);
	if (next > at && (next == end || is_blank(*next) || tag))
		return next;
	return tag ? tag : gemma_word(next, end);
}

size_t piece_length(enum pieces_kind kind, struct slice text)
{
	const char *at = text.ptr, *end = text.ptr + text.len, *next = NULL;

	switch (kind) {
	case PIECES_CL100K:
		next = cl100k_end(at, end, 3, CLASS_LETTER);
		break;
	case PIECES_QWEN:
		next = cl100k_end(at, end, 1, CLASS_LETTER);
		break;
	case PIECES_QWEN_MARKS:
		next = cl100k_end(at, end, 1, WORDS);
		break;
	case PIECES_O200K:
		next = o200k_end(at, end);
		break;
	case PIECES_DEEPSEEK:
		next = deepseek_end(at, end);
		break;
	case PIECES_TEKKEN:
		next = tekken_end(at, end);
		break;
	case PIECES_GEMMA:
		next = gemma_end(at, end);
		break;
	}
	return (size_t)(next - at);
}
