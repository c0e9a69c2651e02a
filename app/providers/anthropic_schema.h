#ifndef PROVIDERS_ANTHROPIC_SCHEMA_H
#define PROVIDERS_ANTHROPIC_SCHEMA_H

/*
 * A JSON Schema as Anthropic's structured outputs take it: every
 * object is closed with additionalProperties false, and constraints that its grammars cannot hold
 * (minimum, maxLength, most formats, ...) are left out, for they would be refused.  The answer may
 * then break those constraints; clients have to check what they get, as with any model.
 *
 * For output_config and strict tools only: elsewhere Anthropic takes any schema.
 */
#include "base/slice.h"
#include "base/text.h"

/* schema: JSON that has been proven to be such. */
void anthropic_schema_put(struct text *json, struct slice schema);

#endif
