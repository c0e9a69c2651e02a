#ifndef MODELS_NAME_RULE_H
#define MODELS_NAME_RULE_H

/*
 * What a vendor takes as the name of a tool, and a name brought into that form.
 */
#include <stdbool.h>

#include "base/arena.h"
#include "models/model_traits.h"

/* "[A-Za-z_][A-Za-z0-9_.:-]{0,63}", "[A-Za-z0-9_-]{1,64}", "[A-Za-z][A-Za-z0-9_-]*".  The slices
 * of *out point into text.  False: it is none of these. */
bool name_rule_read(struct slice text, struct name_rule *out);

/* Is it one by the rule? */
bool name_rule_fits(const struct name_rule *rule, struct slice name);

/* The name itself where it fits.  Else signs that are not known become '_', one is put in front
 * where the first may not be the first, and what is too long is cut and ends in a hash. */
struct slice name_rule_apply(const struct name_rule *rule, struct slice name, struct arena *arena);

#endif
