#ifndef PRICES_LIST_ROW_H
#define PRICES_LIST_ROW_H

/*
 * A model of another's price list on its way into a table in the format of config/prices.tsv.
 */
#include <jansson.h>
#include <stdbool.h>

#include "base/text.h"
#include "prices/price_lists.h"
#include "settings/settings.h"

enum figure {
	INPUT,
	OUTPUT,
	CACHE_READ,
	CACHE_WRITE,
	CACHE_WRITE_1H,
	CACHE_WRITE_12H,
	REASONING,
	AUDIO_INPUT,
	CACHE_READ_AUDIO,
	AUDIO_OUTPUT,
	LONG_FROM,
	LONG_INPUT,
	LONG_OUTPUT,
	LONG_CACHE_READ,
	MAX_INPUT,
	MAX_OUTPUT,
	OFF_INPUT,
	OFF_OUTPUT,
	OFF_CACHE_READ,
	IMAGE_INPUT,
	IMAGE_OUTPUT,
	PER_IMAGE,
	PER_CHARACTER,
	PER_SECOND,
	PER_QUERY,
	FIGURES
};

struct list {
	struct text text;
	const char *as_of;
	const json_t *root;
	struct price_lists_note note;
};

/* Prices of prompts that are longer; below 0: not named, as the step before. */
struct list_step {
	double from, input, output, cache_read;
};

struct list_row {
	const char *provider, *model, *mode;
	double figures[FIGURES];             /* dollars per million; below 0: not known */
	char off_peak[320];                  /* as price_hours.h reads them */
	const char *changes_on, *goes_on_as; /* as the table has them; NULL: it stays */
	const char *retires;                 /* NULL: not known */
	enum figure wrong_at;                /* and what stands there, with its name; "": none */
	char wrong[96];
	struct list_step steps[PRICE_STEPS_MOST]; /* in rising order */
	int step_count;                           /* below 0: more than there is room for */
};

extern const char list_header[];

struct list_row list_row_new(const char *provider, const char *model);

/* Of several prices for one figure the dearest. */
void list_row_raise(struct list_row *row, enum figure figure, double price);

/* The same for that of an object.  What cannot be a price is kept in the row's cell, so that
 * whoever reads the table finds it. */
void list_row_take(
    struct list_row *row, enum figure figure, const json_t *object, const char *name, double scale);

/* A price of prompts longer than `from`: the figure has the dearest of all, LONG_FROM the lowest
 * length, and the steps each. */
void list_row_long(struct list_row *row, double from, enum figure figure, const json_t *object,
    const char *name, double scale);

/* Has it a price by tokens? */
bool list_row_is_by_tokens(const struct list_row *row);

/* Adds it to the table, or to the note when it has no price.  What the built-in table knows of its
 * end, of who answers to its name then, and of its longest answer is kept where the list is silent.
 */
void list_row_add(struct list *list, const struct list_row *row);

/* A member that is a number, times scale; else -1. */
double list_number(const json_t *object, const char *name, double scale);

/* Can it stand in a column? */
bool list_is_cell(const char *text);

/* The provider's name here. */
const char *list_provider(const char *theirs);

#endif
