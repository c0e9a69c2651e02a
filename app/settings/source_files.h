#ifndef SETTINGS_SOURCE_FILES_H
#define SETTINGS_SOURCE_FILES_H

/*
 * The settings file and those it includes, read and merged into one tree.
 */
#include "base/error.h"
#include "settings/reading.h"

/* NULL and err when the first file cannot be used; what is wrong with an included one is added to
 * problems.  Files and their state are noted in settings->files, the digest in settings->digest. */
struct yaml_node *source_files_read(struct reading *reading, const char *path, struct error *err);

#endif
