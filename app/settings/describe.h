#ifndef SETTINGS_DESCRIBE_H
#define SETTINGS_DESCRIBE_H

/*
 * A setting's value as people read it: "30 s", "$10.00", "yes".  Secrets are never shown, only that
 * they are set; an address is shown without a user and password in it.
 */
#include <stdbool.h>

#include "base/text.h"
#include "settings/schema.h"

/* Can the row's value be shown at all?  Those that are read by code of their own cannot. */
bool describe_can(const struct schema_row *row);

/* Adds the value in base (a struct settings or struct deployment); false, and nothing is added,
 * when it is not set. */
bool describe_value(const struct schema_row *row, const void *base, struct text *out);

/* The same for the row's default; false: there is none. */
bool describe_default(const struct schema_row *row, struct text *out);

#endif
