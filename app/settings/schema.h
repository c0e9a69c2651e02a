#ifndef SETTINGS_SCHEMA_H
#define SETTINGS_SCHEMA_H

/*
 * Which keys there are: one row a key, in schema.c.  A new setting is a new row there and a
 * field in settings.h; help, manual page and docs/settings.md are made from the row.
 *
 * A row says in which sections the key may stand, its type with its range in the unit that is
 * stored, its default, and where it is stored.  Keys that LiteLLM knows and this program does not
 * use have a row too, whose note says what happens instead.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/reading.h"

enum schema_section {
	IN_TOP = 1,
	IN_ENTRY = 2,          /* an entry of model_list */
	IN_PARAMS = 4,         /* litellm_params */
	IN_INFO = 8,           /* model_info */
	IN_LITELLM = 16,       /* litellm_settings */
	IN_ROUTER = 32,        /* router_settings */
	IN_GENERAL = 64,       /* general_settings */
	IN_SIDEWAYS = 128,     /* sideways_settings */
	IN_PASS_THROUGH = 256, /* an entry of general_settings.pass_through_endpoints */
};

enum schema_type {
	TYPE_ELSEWHERE,   /* read by the code of its section, not through the table */
	TYPE_UNSUPPORTED, /* a notice: the note; a warning if least is UNUSED_GUARD */
	TYPE_BOOL,
	TYPE_FLAG, /* two bools: whether it was given, and directly after it the value */
	TYPE_WHOLE,
	TYPE_WEIGHT,     /* a number; stored in millionths */
	TYPE_MEBIBYTES,  /* stored as bytes */
	TYPE_DURATION,   /* plain numbers are seconds; stored as milliseconds */
	TYPE_PERIOD,     /* of a budget: "30s", "5m", "1h", "1d", "2w", "1mo" */
	TYPE_MONEY,      /* dollars; stored as nano-dollars */
	TYPE_PRICE,      /* dollars per token; stored as pico-dollars */
	TYPE_LONG_PRICE, /* the same, the key names from how many thousand tokens it holds */
	TYPE_TEXT,       /* one line */
	TYPE_SECRET,     /* printable ASCII; never shown */
	TYPE_URL,
	TYPE_CHOICE,           /* one of the words in note */
	TYPE_NUMBER_PARAMETER, /* default parameters of the call, kept as JSON text */
	TYPE_WHOLE_PARAMETER,
	TYPE_BOOL_PARAMETER,
	TYPE_ANY_PARAMETER,
	TYPE_NESTED,  /* a map, whose keys are the rows "key.*" of sideways_settings */
	TYPE_SPECIAL, /* read() */
};

/* A row's least: what is not used here would have protected, held back or cost something. */
#define UNUSED_GUARD 1

/* base is the struct settings or struct deployment being filled. */
typedef void schema_read(
    struct reading *reading, const char *label, const struct yaml_node *node, void *base);

struct schema_row {
	unsigned sections;
	const char *key; /* may hold * and [..] as in a file name pattern; exact rows come first */
	enum schema_type type;
	int64_t least, most;
	int64_t fallback; /* stored before reading; only in rows of struct settings */
	size_t offset;
	const char *note; /* unsupported: what happens instead; choice: the words; else a notice */
	schema_read *read;
	const char *about; /* what it means, in Markdown, one line; NULL: unsupported, parameters */
};

const struct schema_row *schema_find(unsigned section, const char *key);
const struct schema_row *schema_at(size_t index); /* for lists; NULL after the last */

/* A row of another section, to say where a misplaced key belongs: of a deployment if section is
 * one of those, else of the settings, when there is one.  One that has no effect there either only
 * when there is no other. */
const struct schema_row *schema_find_elsewhere(unsigned section, const char *key);

const char *schema_nearest(unsigned section, const char *key);
const char *schema_section_name(unsigned section); /* of the lowest bit: "litellm_params" */

/* Defaults of all rows of struct settings. */
void schema_defaults(struct settings *settings);

#endif
