#ifndef SETTINGS_VALUES_H
#define SETTINGS_VALUES_H

/*
 * One YAML node to one typed value.  Each function adds a problem that names the key (label),
 * the value and what was wanted, and returns false without touching *out.
 *
 * A text that begins with os.environ/ stands for a variable: environment_variables of the file
 * first, then the process.  Its value is never shown in a message.  Texts are the tree's own or
 * in the arena: they live as long as the settings.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "settings/reading.h"

/* What is to be said of a value, with its label before the words.  value_fault is false, which
 * readers return. */
void value_tell(struct reading *reading, enum problem_severity severity, const char *label,
    struct origin origin, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
#define value_fault(r, label, origin, ...)                                                         \
	(value_tell(r, PROBLEM_ERROR, label, origin, __VA_ARGS__), false)
#define value_warn(r, label, origin, ...) value_tell(r, PROBLEM_WARNING, label, origin, __VA_ARGS__)
#define value_note(r, label, origin, ...) value_tell(r, PROBLEM_NOTICE, label, origin, __VA_ARGS__)

struct scalar {
	const char *text;
	const char *variable; /* NULL: written in the file */
	bool plain;
	bool unset; /* the variable has no value: a stand-in (unset_variables.h) */
};

/* Of the file's environment_variables, else of the process; NULL: it is not set. */
const char *value_variable(const struct reading *reading, const char *name);
bool value_scalar(
    struct reading *reading, const char *label, const struct yaml_node *node, struct scalar *out);
bool value_text(
    struct reading *reading, const char *label, const struct yaml_node *node, char **out);
/* Printable ASCII without spaces or line breaks; a line break at the end is trimmed, with a
 * warning.  header allows spaces inside. */
bool value_ascii(struct reading *reading, const char *label, const struct yaml_node *node,
    bool header, char **out);
bool value_bool(
    struct reading *reading, const char *label, const struct yaml_node *node, bool *out);
bool value_whole(struct reading *reading, const char *label, const struct yaml_node *node,
    int64_t least, int64_t most, int64_t *out);
bool value_duration(struct reading *reading, const char *label, const struct yaml_node *node,
    int64_t least_ms, int64_t most_ms, int64_t *out_ms);
bool value_period(
    struct reading *reading, const char *label, const struct yaml_node *node, char **out);
/* value * 10^scale; unit says what was wanted: "dollars". */
bool value_decimal(struct reading *reading, const char *label, const struct yaml_node *node,
    int scale, int64_t most, const char *unit, int64_t *out);

/* YAML 1.1 words: yes no on off true false in three spellings. */
bool value_is_bool(const struct scalar *scalar, bool *out);

/* The text of a number without underscores, and in the base of ten when YAML 1.1 reads it in
 * another (010 is 8).  buffer has VALUE_NUMBER_MAX bytes; longer texts stay as they are. */
#define VALUE_NUMBER_MAX 40
const char *value_number_text(const struct scalar *scalar, char *buffer, size_t size);

/* "'abc'" for messages, cut to 40 bytes, or "the value of NAME". */
struct shown {
	char text[160];
};
struct shown value_shown(const struct scalar *scalar);

#endif
