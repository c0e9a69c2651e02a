/*
 * `sideways database new`: a place whose database is gone begins anew.
 */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/workplace.h"
#include "store/presence.h"

#include "base/banned.h"

static int database_new_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct error err = { 0 };

	if (workplace_open(&place, options, DATABASE_UNUSED, &err) != 0 ||
	    presence_forget(place.database, &err) != 0)
		return command_failed(&err);
	workplace_close(&place);
	if (workplace_open(&place, options, DATABASE_MAY_BE_MADE, &err) != 0)
		return command_failed(&err);
	printf("%s: made, with full budgets and without keys.\n", place.database);
	return EXIT_DONE;
}

const struct command database_new_command = { "database new", "", 0, 0, "",
	"start over where the database is gone: full budgets, no keys", database_new_run };
