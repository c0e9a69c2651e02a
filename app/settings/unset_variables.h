#ifndef SETTINGS_UNSET_VARIABLES_H
#define SETTINGS_UNSET_VARIABLES_H

/*
 * Variables that a settings file asks for and nobody has set, for a look at the file where its
 * environment is not: each gets a stand-in, so that the rest of the file means what it will, and
 * all of them together are one finding.
 */
#include <stdbool.h>
#include <stddef.h>

#include "settings/load.h"

#define UNSET_MOST 64 /* names that are kept */

struct unset_variables {
	struct unset_variable {
		char *name;
		int line;     /* of the first use */
		size_t uses;  /* in all */
		bool refuses; /* used outside of model_list: without it the file is refused */
	} items[UNSET_MOST];
	size_t count, more;
};

/* A text that can stand for a key, a name or an address. */
#define UNSET_STAND_IN "https://variable-that-is-not-set.invalid/"

/* label: of the setting, "litellm_params.api_key". */
void unset_variables_note(
    struct unset_variables *unset, const char *name, int line, const char *label);
/* Is there one without which the file is refused? */
bool unset_variables_refuse(const struct unset_variables *unset);
/* The finding, when there is something to find. */
void unset_variables_tell(
    const struct unset_variables *unset, struct origin file, struct problems *problems);
void unset_variables_release(struct unset_variables *unset);

#endif
