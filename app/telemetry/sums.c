/*
 * Bringing sums up to date before they are read.  See the header.
 *
 * Most often nothing waits or somebody else adds it at the same moment: the statements find
 * nothing then and write nothing.
 */
#include "telemetry/sums.h"

#include <stddef.h>

#include "base/banned.h"

void sums_into(struct change *change)
{
	change_add(change, SQL_SUMS_COUNT_ATTEMPTS);
	change_add(change, SQL_SUMS_COUNT_REQUESTS);
}

static bool something_waits(struct store_reader *reader)
{
	struct statement *s = store_query(reader, SQL_SUMS_WAITING, NULL);

	return s && statement_step(s, NULL) == 1 && statement_int(s, 0) != 0;
}

struct store_reader *sums_reader_borrow(struct store *store, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct change *change;

	if (!reader || !something_waits(reader))
		return reader;
	store_reader_return(store, reader);
	change = change_new();
	sums_into(change);
	(void)store_apply(store, change, NULL);
	change_free(change);
	return store_reader_borrow(store, err);
}
