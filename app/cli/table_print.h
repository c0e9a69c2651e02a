#ifndef CLI_TABLE_PRINT_H
#define CLI_TABLE_PRINT_H

/*
 * Tables for people: columns as wide as their widest cell, figures to the right, two spaces
 * between.
 *
 *	struct table *t = table_new("NAME|>SPENT|RESETS");
 *	table_cell(t, "%s", name); table_cell(t, "%s", ...); ...
 *	table_print(t, stdout);
 *	table_free(t);
 *
 * A cell is text from the outside: control characters are shown as '?', so that a key's alias
 * cannot write to the terminal.  Width is counted in code points.
 */
#include <stdio.h>

struct table;

/* Headings with '|' between them; '>' before one sets its column to the right. */
struct table *table_new(const char *headings);
void table_free(struct table *table); /* NULL is fine */

/* The next cell of the row; rows fill one after the other. */
void table_cell(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Does nothing when there are no rows. */
void table_print(const struct table *table, FILE *to);

/* Writes outside text with control characters as '?'. */
void table_print_text(const char *text, FILE *to);

static inline void table_cleanup(struct table **table)
{
	table_free(*table);
}
#define AUTO_TABLE __attribute__((cleanup(table_cleanup)))

#endif
