#ifndef PRICES_PRICE_ROW_H
#define PRICES_PRICE_ROW_H

/*
 * A row of a price table (TSV) or a map of sideways_settings.prices to a struct price.
 *
 * Both use the same names; prices are dollars per million tokens, blank is not known.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "prices/price_table.h"

#define PRICE_COLUMNS_MAX 44

/* Which column holds what, from the header line. */
struct price_columns {
	size_t count;
	int provider, model, mode, as_of;
	int off_peak_hours, changes_on, goes_on_as, retires, long_steps; /* -1: none */
	int figure[PRICE_COLUMNS_MAX]; /* column to figure, -1: none */
};

/* Nothing is known: figures PRICE_UNKNOWN, no long prices, nothing per request. */
void price_clear(struct price *price);

/* False when provider, model, input, output or as_of is missing. */
bool price_columns_read(const char *header, struct price_columns *out);

/* Days since 1970 of "2026-08-01"; -1: it is no date.  And how old prices of that day are. */
int64_t price_day(const char *date);
int64_t price_age_days(const char *date, int64_t now_ms);

/* A row's column, without its tab. */
struct slice price_row_column(const char *line, int column);

/* Is it no model, but a tool that runs at the provider? */
bool price_row_is_tool(const struct price_columns *columns, const char *line);

/* Orders rows of struct price_row_text by provider, then model. */
int price_row_compare(const void *left, const void *right);

/* NULL, or what is wrong with the row.  Passes rows of price 0 at providers that cost nothing. */
const char *price_row_parse(
    const struct price_columns *columns, const char *line, struct price *out);

/* Of a row at fault the first figure that is no number in its range, and what stands there; NULL:
 * none is. */
const char *price_row_wrong(
    const struct price_columns *columns, const char *line, struct slice *out_value);

/* A JSON map {"input": 0.28, ...}; names that are no figure are passed over. */
bool price_json_parse(const char *json, struct price *out);

/* The long prices hold for a prompt of just that length, too. */
void price_long_when_reached(struct price *price);

/* Of each figure the dearer: what is not known counts as what it follows from. */
struct price price_dearer(const struct price *a, const struct price *b);

/* Lays the known figures of `over` upon `price`. */
void price_overlay(struct price *price, const struct price *over);

/* Of what is billed by images, characters, seconds or queries no token costs anything, and images
 * are the output that others have no price of.  by_unit_alone: no mode was said, and where tokens
 * have no price the unit says it. */
void price_complete(struct price *price, bool by_unit_alone);

/* Runs on machines of one's own: a price of 0 is what it says. */
bool price_is_local(const char *provider);

#endif
