#ifndef SETTINGS_READING_H
#define SETTINGS_READING_H

/*
 * What the parts of settings/ share while one file is being read.  Internal to settings/.
 *
 * Everything that ends in struct settings is allocated from its arena and freed with it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "settings/load.h"
#include "settings/settings.h"
#include "settings/yaml_tree.h"

#define SETTINGS_FILES_MAX      32
#define SETTINGS_FILE_BYTES_MAX 1048576

/* A file that was read, and what it was at that time. */
struct origin_file {
	char *path;
	struct stat seen;
};

struct origin_files {
	struct arena arena; /* holds all memory of the settings */
	struct origin_file items[SETTINGS_FILES_MAX];
	size_t count;
};

/* Where a field was set first, to tell when another key sets it again. */
struct field_seen {
	size_t offset;
	const char *key;
	struct origin origin;
	struct field_seen *next;
};

struct reading {
	struct settings *settings;
	struct arena *arena;
	struct problems *problems;
	const struct yaml_node *credentials;  /* credential_list of the file, or NULL */
	const struct yaml_node *environment;  /* environment_variables of the file, or NULL */
	struct field_seen *seen;              /* of the struct being filled */
	struct fallback_chain *default_chain; /* default_fallbacks, until chains_finish */
};

#endif
