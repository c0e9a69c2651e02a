#ifndef SETTINGS_DEMO_SETTINGS_H
#define SETTINGS_DEMO_SETTINGS_H

/*
 * Settings files that work at once: config/demo.yaml with made-up models (compiled in, since the
 * program needs no data files), and one made for the provider keys that the environment holds.
 */
#include "base/error.h"
#include "base/slice.h"
#include "base/text.h"

extern const char demo_settings_text[]; /* demo_text.c, made from config/demo.yaml */

/* No provider key in the environment: ERROR_SETTINGS with the names that were looked for. */
int demo_settings_providers(struct text *out, struct error *err);

/* A new file of mode 0600; what is there already is somebody's work and is left: ERROR_SETTINGS.
 * No half-written file stays behind. */
int demo_settings_write(const char *path, struct slice text, struct error *err);

#endif
