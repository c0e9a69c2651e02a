#ifndef STORE_SHEAF_TABLE_H
#define STORE_SHEAF_TABLE_H

/*
 * The table from which a connection's statements read the rows that they insert together (sheaf.h):
 * p1 to p48, for the parameters of the statement that would insert one.  For store/ only.
 */
#include <sqlite3.h>

#define SHEAF_COLUMNS 48 /* a request needs 35 */

struct sheaf_row;

/* What it has at the moment. */
struct sheaf_feed {
	const struct sheaf_row *rows;
	int count;
	/* Where the values of a row stand, by their numbers less one; NULL: there is none. */
	void (*spread)(const struct sheaf_feed *feed, int row, const char **out_columns);
};

/* Makes it known to a connection; an SQLite result code.  The feed is borrowed as long as that is
 * open, and is read whenever a statement runs. */
int sheaf_table_introduce(sqlite3 *db, struct sheaf_feed *feed);

#endif
