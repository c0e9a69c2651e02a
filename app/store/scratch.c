/*
 * A folder for a database that nobody keeps.
 */
#include "store/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

int scratch_make(struct scratch *scratch, struct error *err)
{
	struct scratch made;

	snprintf(made.folder, sizeof made.folder, "%s/sideways-scratch-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(made.folder))
		return error_set(
		    err, ERROR_STORE, "%s cannot be made: %s", made.folder, strerror(errno));
	snprintf(made.database, sizeof made.database, "%s/sideways.db", made.folder);
	*scratch = made;
	return 0;
}

void scratch_remove(struct scratch *scratch)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[128];

	if (!scratch->folder[0])
		return;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(name, sizeof name, "%s%s", scratch->database, ends[i]);
		(void)unlink(name);
	}
	(void)rmdir(scratch->folder);
	*scratch = (struct scratch){ 0 };
}
