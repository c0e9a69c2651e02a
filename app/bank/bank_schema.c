/*
 * Making the bank's tables, and bringing them to this program's version.  See the header.
 *
 * One message is one transaction, and all of them take one lock first (schema_begin): of two at
 * once one does it, and what the other finds is looked at again.
 */
#include "bank/bank_schema.h"

#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/text.h"

#include "base/banned.h"

#define SCRIPT_MOST (1 << 20)

static struct digest_hex own_functions(void)
{
	return digest_sha256(bank_sql_functions, strlen(bank_sql_functions));
}

/* *out: 0 where there are no tables; *out_same: its functions are this program's. */
static int read_version(
    struct bank_connection *bank, int64_t *out, bool *out_same, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct bank_rows rows;
	const char *functions;

	*out = 0;
	*out_same = false;
	if (bank_ask(
		bank, BANK_SQL_SCHEMA_IS_THERE, NULL, 0, BANK_PATIENCE_MS, &arena, &rows, err) != 0)
		return -1;
	if (bank_int(&rows, 0, 0) == 0)
		return 0;
	if (bank_ask(bank, BANK_SQL_SCHEMA_VERSION_OF, NULL, 0, BANK_PATIENCE_MS, &arena, &rows,
		err) != 0)
		return -1;
	if (rows.count == 0)
		return 0;
	*out = bank_int(&rows, 0, 0);
	functions = bank_cell(&rows, 0, 1);
	*out_same = functions && strcmp(functions, own_functions().text) == 0;
	return 0;
}

/* From a version on, which is 0 where there are no tables. */
static char *write_script(int64_t version)
{
	struct text script;

	text_init(&script, SCRIPT_MOST);
	text_printf(&script, "%s\n", bank_sql_texts[BANK_SQL_SCHEMA_BEGIN].text);
	if (!version)
		text_printf(&script, "%s", bank_sql_schema);
	for (int64_t n = version; version && n < BANK_SQL_SCHEMA_VERSION; n++)
		text_printf(&script, "%s", bank_sql_steps[n - BANK_SQL_SCHEMA_OLDEST]);
	text_printf(&script,
	    "%s\nDELETE FROM sideways.version; INSERT INTO sideways.version (number, functions) "
	    "VALUES (%d, '%s');",
	    bank_sql_functions, BANK_SQL_SCHEMA_VERSION, own_functions().text);
	return text_take(&script);
}

enum bank_made bank_schema_make(struct bank_connection *bank, struct error *err)
{
	AUTO_FREE char *script = NULL;
	int64_t version;
	bool same;

	if (read_version(bank, &version, &same, err) != 0)
		return BANK_NOT_MADE;
	if (version > BANK_SQL_SCHEMA_VERSION || same)
		return bank_schema_check(bank, err) == 0 ? BANK_WAS_MADE : BANK_NOT_MADE;
	script = write_script(version);
	if (bank_run_script(bank, script, err) == 0)
		return version ? BANK_RENEWED : BANK_MADE;
	/* Another was first, or it did not work. */
	return bank_schema_check(bank, NULL) == 0 ? BANK_WAS_MADE : BANK_NOT_MADE;
}

int bank_schema_check(struct bank_connection *bank, struct error *err)
{
	int64_t version;
	bool same;

	if (read_version(bank, &version, &same, err) != 0)
		return -1;
	if (version == 0)
		return error_set(err, ERROR_STORE,
		    "the bank has no tables of Sideways; `sideways bank init` makes them");
	if (version > BANK_SQL_SCHEMA_VERSION)
		return error_set(err, ERROR_STORE,
		    "the bank's tables are of version %lld, made by a newer program, and this one "
		    "knows version %d: use the newer program on this machine, too",
		    (long long)version, BANK_SQL_SCHEMA_VERSION);
	if (version < BANK_SQL_SCHEMA_VERSION)
		return error_set(err, ERROR_STORE,
		    "the bank's tables are of version %lld, made by an older program, and this one "
		    "needs version %d: `sideways bank init` brings them there",
		    (long long)version, BANK_SQL_SCHEMA_VERSION);
	if (!same)
		return error_set(err, ERROR_STORE,
		    "the bank's functions are another program's: `sideways bank init` of the "
		    "newest "
		    "program that shares it renews them");
	return 0;
}
