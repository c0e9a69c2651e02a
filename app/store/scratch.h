#ifndef STORE_SCRATCH_H
#define STORE_SCRATCH_H

/*
 * A place for a database that nobody keeps: a folder of its own, in memory where the system has
 * such a place.  scratch_remove() after the store is closed; one that was never made is fine.
 */
#include "base/error.h"

struct scratch {
	char folder[64], database[96]; /* database: the path that the store may be opened at */
};

int scratch_make(struct scratch *scratch, struct error *err);
void scratch_remove(struct scratch *scratch);

#endif
