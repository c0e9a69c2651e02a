#ifndef SETTINGS_LOAD_H
#define SETTINGS_LOAD_H

/*
 * Reads the settings file: YAML events to nodes with line and column (yaml_tree), `include`,
 * `environment_variables` and os.environ/NAME (references), rows of the schema to typed fields
 * (schema), then names that point at names (references).
 *
 * All problems are reported, not the first.  An error in an entry of model_list spoils that entry:
 * it stays in its group with the reason (deployment.fault) and is never called.  A file with any
 * other error gives no settings.  Values of keys that hold secrets never stand in a message.
 *
 * os.environ/NAME asks environment_variables of the file first, then the process environment.
 * A variable that is not set: an error for api_key and master_key of a deployment in use, with
 * the variable's name; the file's environment_variables are not exported to the process.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "settings/settings.h"

enum problem_severity { PROBLEM_NOTICE, PROBLEM_WARNING, PROBLEM_ERROR };

struct problem {
	enum problem_severity severity;
	struct origin origin; /* file is owned by the list */
	bool confined;        /* an error that spoils one entry, and not the file */
	char *text;           /* "fallbacks: no model group 'gpt-5' (nearest: gpt-5-mini)" */
};

struct problems {
	struct problem *items;
	size_t count;
	size_t errors, warnings, notices;
	size_t confined; /* of the errors */
	/* Takes variables that are not set (unset_variables.h); NULL: each is an error where it
	 * stands. */
	struct unset_variables *unset;
};

void problems_add(struct problems *problems, enum problem_severity severity, struct origin origin,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Errors that were added since: they spoil what they stand in and nothing else. */
struct problems_mark {
	size_t count, errors;
};
struct problems_mark problems_mark(const struct problems *problems);
/* The first of them, or NULL when there was none.  Valid until the next problem is added. */
const struct problem *problems_confine(struct problems *problems, struct problems_mark since);
void problems_sort(struct problems *problems); /* by file, line, column, the worst first */
/* Of a sorted list: is the one at index the same as the one before it? */
bool problems_repeats(const struct problems *problems, size_t index);
void problems_release(struct problems *problems);
const char *problem_severity_name(enum problem_severity severity);

/*
 * NULL when the file cannot be used: err says that the file is missing, unreadable, larger than
 * 1 MiB, empty, not YAML or not a map (kind ERROR_SETTINGS, "file:line:column: ..."), or how many
 * errors stand in problems (the first of them is quoted).  problems is filled in any case; it
 * starts zeroed and the caller releases it.  problems->errors == 0 tells a file that could not be
 * read at all from one with mistakes in it.
 */
struct settings *settings_load(const char *path, struct problems *problems, struct error *err);

/* True when the file, or one it includes, is not what was loaded (size, mtime to the
 * nanosecond, inode).  Cheap: one stat(2) a file. */
bool settings_changed(const struct settings *settings);

/* The name among `names` nearest to `name` (edit distance at most a third of its length), or NULL.
 */
const char *settings_nearest(const char *name, const char *const *names, size_t count);

/* The name that `name` is a slip of the pen for: at most two edits away, or NULL. */
const char *settings_slip(const char *name, const char *const *names, size_t count);

#endif
