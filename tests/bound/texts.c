/*
 * The search for texts whose real tokens pass our bound; search.py gives it a real tokenizer.
 *
 *	texts KIND ALLOWED TEXTS SECONDS SEED SEPARATOR ID
 *
 * KIND is the tokenizer's number (app/prices/tokenizers.h); ALLOWED tokens of a text are the
 * vendor's own.  Each batch is written as its length in 32 bits and its texts with SEPARATOR behind
 * each; what comes back is its length in 32 bits and so many 32-bit numbers: the tokens of all, of
 * which the number ID is that of the separator; with ID 0 the separator is a zero byte, and what
 *comes back is how many tokens each text has.  Length 0 is the end.  A text that passes the bound
 *is printed and ends the search with 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "text_bound.h"
#include "text_maker.h"

#define BATCH 1000
#define TELL  500000 /* texts */

struct search {
	enum tokenizer_kind kind;
	int64_t allowed, most, done;
	const char *separator;
	uint32_t id;
	struct text_maker *maker;
	struct made *made; /* BATCH of them */
	int64_t bound[BATCH], real[BATCH];
	struct made best;
	time_t begin, seconds;
};

static void add_utf8(struct text *out, const uint32_t *chars, int length)
{
	for (int i = 0; i < length; i++) {
		uint32_t c = chars[i];

		if (c < 0x80) {
			text_putc(out, (char)c);
			continue;
		}
		if (c >= 0x10000) {
			text_putc(out, (char)(0xF0 | c >> 18));
			text_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
		} else if (c >= 0x800) {
			text_putc(out, (char)(0xE0 | c >> 12));
		}
		text_putc(out, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3F) : 0xC0 | c >> 6));
		text_putc(out, (char)(0x80 | (c & 0x3F)));
	}
}

static void make_batch(struct search *search, bool json, struct text *blob)
{
	uint32_t chars[TEXT_MAKER_QUOTED];
	struct text quoted;

	text_init(&quoted, 1 << 16);
	for (int i = 0; i < BATCH; i++) {
		struct made *made = &search->made[i];

		text_maker_make(search->maker, json, made);
		add_utf8(blob, made->vendor, made->vendor_length);
		if (search->id == 0)
			text_putc(blob, '\0');
		else
			text_puts(blob, search->separator);
		text_clear(&quoted);
		add_utf8(&quoted, chars, text_maker_quote(made, chars));
		search->bound[i] = bound_alone_tokens(text_slice(&quoted), search->kind);
	}
	text_release(&quoted);
}

static void ask_real(struct search *search, const struct text *blob)
{
	uint32_t length = (uint32_t)blob->len, count = 0, *numbers;
	int at = 0;

	fwrite(&length, sizeof length, 1, stdout);
	fwrite(blob->bytes, 1, blob->len, stdout);
	fflush(stdout);
	if (fread(&count, sizeof count, 1, stdin) != 1)
		exit(2);
	numbers = calloc(count + 1, sizeof *numbers);
	if (!numbers || fread(numbers, sizeof *numbers, count, stdin) != count)
		exit(2);
	memset(search->real, 0, sizeof search->real);
	for (uint32_t i = 0; i < count && at < BATCH; i++) {
		if (search->id == 0)
			search->real[at++] = numbers[i];
		else if (numbers[i] == search->id)
			at++;
		else
			search->real[at]++;
	}
	if (at != BATCH) {
		fprintf(stderr, "texts: %d answers for %d texts\n", at, BATCH);
		exit(2);
	}
	free(numbers);
}

static void print_text(const struct made *made)
{
	uint32_t chars[TEXT_MAKER_QUOTED];
	struct text quoted;

	text_init(&quoted, 1 << 16);
	add_utf8(&quoted, chars, text_maker_quote(made, chars));
	fprintf(stderr, "%s", quoted.bytes);
	text_release(&quoted);
}

static void tell(const struct search *search, const char *end)
{
	fprintf(
	    stderr, "%lld texts, %s; best %.3f ", (long long)search->done, end, search->best.ratio);
	print_text(&search->best);
	fprintf(stderr, "; %lld s\n", (long long)(time(NULL) - search->begin));
}

static int falling(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return one < other ? 1 : one > other ? -1 : 0;
}

/* The eleven best of a batch are kept. */
static void judge(struct search *search, bool json)
{
	double ratios[BATCH];

	for (int i = 0; i < BATCH; i++) {
		int64_t bound = search->bound[i];

		if (bound >= 0 && search->real[i] > bound + search->allowed) {
			fprintf(stderr,
			    "%lld real tokens, bound %lld: ", (long long)search->real[i],
			    (long long)bound);
			print_text(&search->made[i]);
			fprintf(stderr, "\n");
			exit(1);
		}
		ratios[i] = bound < 0 ? 0
				      : (double)(search->real[i] - search->allowed) /
					    (double)(bound > 0 ? bound : 1);
		search->made[i].ratio = ratios[i];
	}
	qsort(ratios, BATCH, sizeof *ratios, falling);
	for (int i = 0; i < BATCH; i++) {
		if (search->made[i].ratio >= ratios[10])
			text_maker_keep(search->maker, json, &search->made[i]);
		if (search->made[i].ratio > search->best.ratio)
			search->best = search->made[i];
	}
}

static void run(struct search *search)
{
	struct text blob;

	text_init(&blob, 64 << 20);
	while (search->done < search->most && time(NULL) - search->begin < search->seconds) {
		bool json = search->done / BATCH % 3 == 2;

		text_clear(&blob);
		make_batch(search, json, &blob);
		ask_real(search, &blob);
		judge(search, json);
		search->done += BATCH;
		if (search->done % TELL == 0)
			tell(search, "so far none passes the bound");
	}
	text_release(&blob);
	tell(search, "none passes the bound");
}

int main(int argc, char **argv)
{
	static struct search search;
	uint32_t end = 0;

	if (argc != 8)
		return 2;
	search.kind = (enum tokenizer_kind)atoi(argv[1]);
	search.allowed = atoi(argv[2]);
	search.most = atoll(argv[3]);
	search.seconds = (time_t)atoll(argv[4]);
	search.maker = text_maker_new(strtoull(argv[5], NULL, 10));
	search.separator = argv[6];
	search.id = (uint32_t)strtoul(argv[7], NULL, 10);
	search.made = calloc(BATCH, sizeof *search.made);
	search.begin = time(NULL);
	if (!search.made)
		return 2;
	run(&search);
	fwrite(&end, sizeof end, 1, stdout);
	fflush(stdout);
	return 0;
}
