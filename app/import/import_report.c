/*
 * What an import asks the database, and what it says.  See import.h.
 */
#include <stdarg.h>
#include <stdio.h>

#include "import/import.h"

#include "base/banned.h"

void import_note(
    struct import *import, enum import_table table, const char *name, const char *fmt, ...)
{
	struct arena *arena = import->rows->arena;
	struct import_note *note =
	    arena_grow(arena, &import->report.notes, &import->report.note_count, sizeof *note);
	char words[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(words, sizeof words, fmt, args); /* cut where it is too long */
	va_end(args);
	*note = (struct import_note){ table, name, arena_copy(arena, words) };
}

int import_known(struct import *import, enum import_table table, const char *id, const char *hash,
    const char **out_id, struct error *err)
{
	static const enum sql_name statements[] = { [IMPORT_KEYS] = SQL_IMPORT_KEY_KNOWN,
		[IMPORT_TEAMS] = SQL_IMPORT_TEAM_KNOWN,
		[IMPORT_BUDGETS] = SQL_IMPORT_PLAN_KNOWN,
		[IMPORT_USERS] = SQL_IMPORT_USER_KNOWN };
	AUTO_READ struct statement *s = store_read(import->store, statements[table], err);
	int known = -1;

	if (s) {
		statement_bind(s, ":id", id);
		if (table == IMPORT_KEYS)
			statement_bind(s, ":hash", hash);
		known = statement_step(s, err);
	}
	if (known == 1) {
		*out_id = arena_copy(import->rows->arena, statement_text(s, 0));
		known = statement_int(s, 1) ? IMPORT_DELETED : IMPORT_THERE;
	} else if (known == 0) {
		*out_id = id;
	}
	return known;
}
