#ifndef VIEWS_VIEW_ROWS_H
#define VIEWS_VIEW_ROWS_H

/*
 * The rows of a statement as a list of JSON objects.  For views/ only.
 */
#include <jansson.h>

#include "base/error.h"
#include "store/store.h"

/* An object for the row, with a member for each column that the query names "+NAME": a text, a
 * number or null as it comes; "+NAME_nano" is money, NAME_nano and NAME_usd; "+NAME@" a time,
 * "+NAME?" true or false, "+NAME[]" JSON.  So a column of a page is one in the query and one in the
 * template, and the view adds what it works out. */
json_t *view_object(const struct statement *s);

typedef json_t *view_row(const struct statement *s);

/* Runs what was bound.  s is NULL where it could not be had; err has it then.  NULL: err. */
json_t *view_rows(struct statement *s, view_row *row, struct error *err);

#endif
