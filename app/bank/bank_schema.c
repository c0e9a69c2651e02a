/*
 * Making and checking the bank's tables.  See the header.
 */
#include "bank/bank_schema.h"

#include "base/alloc.h"

#include "base/banned.h"

int bank_schema_version(struct bank_connection *bank, int64_t *out, struct error *err)
{
	AUTO_ARENA struct arena arena;
	struct bank_rows rows;
	int result;

	arena_init(&arena);
	result =
	    bank_ask(bank, BANK_SQL_SCHEMA_IS_THERE, NULL, 0, BANK_PATIENCE_MS, &arena, &rows, err);
	if (result == 0 && bank_int(&rows, 0, 0) == 0)
		*out = 0;
	else if (result == 0)
		result = bank_ask(bank, BANK_SQL_SCHEMA_VERSION_OF, NULL, 0, BANK_PATIENCE_MS,
		    &arena, &rows, err);
	if (result == 0 && rows.count && bank_int(&rows, 0, 0) != 0)
		*out = bank_int(&rows, 0, 0);
	return result;
}

int bank_schema_create(struct bank_connection *bank, struct error *err)
{
	AUTO_FREE char *script = NULL;
	int64_t version = 0;

	if (bank_schema_version(bank, &version, err) != 0)
		return -1;
	if (version)
		return 0;
	/* One message is one transaction. */
	script =
	    alloc_printf("%s\n%s", bank_sql_texts[BANK_SQL_SCHEMA_BEGIN].text, bank_sql_schema);
	if (bank_run_script(bank, script, err) == 0)
		return 1;
	/* Another was first, or it did not work. */
	return bank_schema_version(bank, &version, NULL) == 0 && version ? 0 : -1;
}

int bank_schema_check(struct bank_connection *bank, struct error *err)
{
	int64_t version = 0;

	if (bank_schema_version(bank, &version, err) != 0)
		return -1;
	if (version == 0)
		return error_set(err, ERROR_STORE,
		    "the bank has no tables of Sideways; `sideways bank init` makes them");
	if (version != BANK_SQL_SCHEMA_VERSION)
		return error_set(err, ERROR_STORE,
		    "the bank's tables are of version %lld, and this program needs version %d: "
		    "use the program that goes with them",
		    (long long)version, BANK_SQL_SCHEMA_VERSION);
	return 0;
}
