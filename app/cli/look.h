#ifndef CLI_LOOK_H
#define CLI_LOOK_H

/*
 * A look at a settings file where its environment need not be, as `sideways check` has it: all
 * problems, those of the checklist among them, and one for all variables that are not set.
 */
#include "relay/catalog.h"
#include "settings/load.h"
#include "settings/unset_variables.h"

struct look {
	struct problems problems; /* sorted */
	struct unset_variables unset;
	struct catalog *catalog; /* NULL: err */
	struct error err;
};

void look_at(const char *path, struct look *out);
void look_release(struct look *look);
/* The finding about variables without which the whole file is refused; NULL: there is none. */
const char *look_unset_words(const struct look *look);
/* "1 error, 2 warnings, 0 notices" to stdout. */
void look_print_counts(const struct look *look);

#endif
