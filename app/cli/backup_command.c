/*
 * `sideways backup FILE`: a checked copy of the database in use.
 */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/workplace.h"
#include "store/backup.h"

#include "base/banned.h"

static int backup_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct error err = { 0 };
	int64_t bytes = 0;

	if (workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0 ||
	    backup_write(place.database, options->arguments[0], &bytes, &err) < 0)
		return command_failed(&err);
	printf(
	    "%s: %lld KB, checked.\n", options->arguments[0], (long long)((bytes + 1023) / 1024));
	return EXIT_DONE;
}

const struct command backup_command = { "backup", "FILE", 1, 1, "",
	"copy the database while it is in use, and check the copy", backup_run };
