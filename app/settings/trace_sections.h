#ifndef SETTINGS_TRACE_SECTIONS_H
#define SETTINGS_TRACE_SECTIONS_H

/*
 * Where traces go: LiteLLM's callbacks, success_callback and failure_callback with the variables
 * that they take their addresses and keys from.  What is no destination of traces gets a notice
 * that says so.
 */
#include "settings/schema.h"

schema_read traces_of_callbacks, traces_of_successes, traces_of_failures;

#endif
