/*
 * The list of problems of a settings file, and the search for the name that was meant.
 *
 * Texts quote what stands in the file, so control bytes are replaced here, once: a message may be
 * shown on a terminal.  Sorting by place is done once, at the end of loading (problems_sort).
 */
#include "settings/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/reading.h"

#include "base/banned.h"

/* A file of 1 MiB can hold a hundred thousand mistakes; nobody reads more than these. */
#define PROBLEMS_MAX 1000
#define TEXT_MAX     400
#define NAME_MAX_LEN 64

static char *printable_copy(const char *text)
{
	char *copy = alloc_copy(text);
	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	return copy;
}

void problems_add(struct problems *problems, enum problem_severity severity, struct origin origin,
    const char *fmt, ...)
{
	problems->errors += severity == PROBLEM_ERROR;
	problems->warnings += severity == PROBLEM_WARNING;
	problems->notices += severity == PROBLEM_NOTICE;
	if (problems->count >= PROBLEMS_MAX)
		return;

	char text[TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	/* The list grows at powers of two, so it needs no size of its own. */
	if ((problems->count & (problems->count - 1)) == 0) {
		size_t size = problems->count ? problems->count * 2 : 1;
		problems->items = alloc_grow(problems->items, size, sizeof *problems->items);
	}
	struct problem *problem = &problems->items[problems->count++];
	problem->severity = severity;
	problem->confined = false;
	problem->origin = origin;
	problem->origin.file = alloc_copy(origin.file ? origin.file : "");
	problem->text = printable_copy(text);
}

struct problems_mark problems_mark(const struct problems *problems)
{
	return (struct problems_mark){ problems->count, problems->errors };
}

const struct problem *problems_confine(struct problems *problems, struct problems_mark since)
{
	static const struct problem unkept = { .severity = PROBLEM_ERROR,
		.text = (char *)"an error in this entry" };
	const struct problem *first = NULL;

	if (problems->errors == since.errors)
		return NULL;
	problems->confined += problems->errors - since.errors;
	for (size_t i = since.count; i < problems->count; i++) {
		struct problem *problem = &problems->items[i];

		if (problem->severity != PROBLEM_ERROR)
			continue;
		problem->confined = true;
		first = first ? first : problem;
	}
	return first ? first : &unkept;
}

void problems_release(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		free((char *)problems->items[i].origin.file);
		free(problems->items[i].text);
	}
	free(problems->items);
	*problems = (struct problems){ 0 };
}

const char *problem_severity_name(enum problem_severity severity)
{
	static const char *const names[] = { "notice", "warning", "error" };
	return names[severity];
}

static int by_place(const void *left, const void *right)
{
	const struct problem *a = left;
	const struct problem *b = right;
	int order =
	    strcmp(a->origin.file ? a->origin.file : "", b->origin.file ? b->origin.file : "");

	if (order)
		return order;
	if (a->origin.line != b->origin.line)
		return a->origin.line < b->origin.line ? -1 : 1;
	if (a->origin.column != b->origin.column)
		return a->origin.column < b->origin.column ? -1 : 1;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	return strcmp(a->text, b->text);
}

void problems_sort(struct problems *problems)
{
	if (problems->count > 1)
		qsort(problems->items, problems->count, sizeof *problems->items, by_place);
}

bool problems_repeats(const struct problems *problems, size_t index)
{
	return index > 0 && by_place(&problems->items[index - 1], &problems->items[index]) == 0;
}

/* Edits from a to b: letters put in, taken out, replaced, or two neighbours swapped. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NAME_MAX_LEN + 1];
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *two_above = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two_above[j - 2] + 1 < best)
				best = two_above[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_len % 3][b_len];
}

/* The name with the fewest edits below `best`. */
static const char *nearest_below(
    size_t best, const char *name, const char *const *names, size_t count)
{
	size_t len = strlen(name);
	const char *nearest = NULL;
	if (len > NAME_MAX_LEN)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t other_len = strlen(names[i]);
		if (other_len > NAME_MAX_LEN)
			continue;
		size_t edits = distance(name, len, names[i], other_len);
		if (edits < best) {
			best = edits;
			nearest = names[i];
		}
	}
	return nearest;
}

const char *settings_nearest(const char *name, const char *const *names, size_t count)
{
	return nearest_below(strlen(name) / 3 + 1, name, names, count);
}

/* Names of LiteLLM that differ less from each other than this are not known. */
#define SLIP_EDITS 2

const char *settings_slip(const char *name, const char *const *names, size_t count)
{
	return nearest_below(SLIP_EDITS + 1, name, names, count);
}
