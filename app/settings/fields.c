/*
 * Sections to fields, by the schema.
 *
 * Two keys may mean the same field (timeout and request_timeout, the same key in litellm_settings
 * and router_settings): the later reading counts, and a warning says so when they differ.
 */
#include "settings/fields.h"

#include <string.h>

#include "settings/address.h"
#include "settings/deployment_fields.h"
#include "settings/own_words.h"
#include "settings/values.h"

#include "base/banned.h"

/* A price per token above $0.01 is $10,000 a million: somebody wrote the price of a million. */
#define SUSPICIOUS_PRICE_PICO INT64_C(10000000000)

static void fields_unknown_key(struct reading *r, unsigned section, const struct yaml_entry *entry)
{
	const char *name = schema_section_name(section);
	const struct schema_row *elsewhere = schema_find_elsewhere(section, entry->key);
	const char *nearest = schema_nearest(section, entry->key);
	if (elsewhere && elsewhere->type == TYPE_UNSUPPORTED)
		problems_add(r->problems, PROBLEM_NOTICE, entry->origin,
		    "%s.%s is not used, nor would it be in %s, where it belongs: %s", name,
		    entry->key, schema_section_name(elsewhere->sections), elsewhere->note);
	else if (elsewhere)
		value_warn(r, name, entry->origin, "'%s' belongs in %s; it is not read here",
		    entry->key, schema_section_name(elsewhere->sections));
	else if (nearest)
		value_warn(
		    r, name, entry->origin, "unknown key '%s' (nearest: %s)", entry->key, nearest);
	else
		value_warn(r, name, entry->origin, "unknown key '%s'", entry->key);
}

static const struct field_seen *seen_before(const struct reading *r, size_t offset)
{
	for (const struct field_seen *seen = r->seen; seen; seen = seen->next) {
		if (seen->offset == offset)
			return seen;
	}
	return NULL;
}

static void remember(struct reading *r, size_t offset, const char *label, struct origin origin)
{
	struct field_seen *seen = arena_alloc(r->arena, sizeof *seen);
	*seen = (struct field_seen){ offset, label, origin, r->seen };
	r->seen = seen;
}

static void warn_if_differs(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, bool same)
{
	const struct field_seen *seen = seen_before(r, row->offset);
	/* The same key twice is reported as that already. */
	if (seen && !same && strcmp(seen->key, label) != 0)
		value_warn(r, label, entry->origin,
		    "%s in line %d says something else; this one counts", seen->key,
		    seen->origin.line);
	remember(r, row->offset, label, entry->origin);
}

static bool read_number(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_node *node, int64_t *out)
{
	switch (row->type) {
	case TYPE_WHOLE:
		return value_whole(r, label, node, row->least, row->most, out);
	case TYPE_WEIGHT:
		return value_decimal(r, label, node, 6, row->most, "shares", out);
	case TYPE_MEBIBYTES:
		if (!value_whole(r, label, node, row->least >> 20, row->most >> 20, out))
			return false;
		*out <<= 20;
		return true;
	case TYPE_DURATION:
		return value_duration(r, label, node, row->least, row->most, out);
	case TYPE_MONEY:
		return value_decimal(r, label, node, 9, row->most, "dollars", out);
	default:
		return value_decimal(r, label, node, 12, row->most, "dollars per token", out);
	}
}

static void set_number(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, void *base)
{
	int64_t number;
	int64_t *field = (int64_t *)((char *)base + row->offset);
	if (!read_number(r, row, label, entry->value, &number))
		return;
	bool is_price = row->type == TYPE_PRICE || row->type == TYPE_LONG_PRICE;
	if (is_price && number >= SUSPICIOUS_PRICE_PICO)
		value_warn(r, label, entry->value->origin,
		    "that is $%lld for a million tokens; give the price of one token",
		    (long long)(number / 1000000));
	if (row->type == TYPE_LONG_PRICE) {
		deployment_long_price(r, label, entry, number, field, base);
		return;
	}
	warn_if_differs(r, row, label, entry, *field == number);
	*field = number;
}

static void set_bool(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, void *base)
{
	bool value;
	if (!value_bool(r, label, entry->value, &value))
		return;
	bool *field = (bool *)base + row->offset;
	if (row->type == TYPE_FLAG)
		*field++ = true;
	warn_if_differs(r, row, label, entry, *field == value);
	*field = value;
}

static bool fields_read_text(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_node *node, char **out)
{
	switch (row->type) {
	case TYPE_SECRET:
		if (!value_ascii(r, label, node, false, out))
			return false;
		address_warn_written_secret(r, label, node);
		return true;
	case TYPE_URL:
		return value_ascii(r, label, node, false, out) &&
		       address_check(r, label, node, *out);
	case TYPE_PERIOD:
		return value_period(r, label, node, out);
	case TYPE_CHOICE:
		if (!value_text(r, label, node, out))
			return false;
		if (text_is_one_of(*out, row->note))
			return true;
		return value_fault(
		    r, label, node->origin, "'%.40s' is not one of: %s", *out, row->note);
	default:
		return value_text(r, label, node, out);
	}
}

static void set_text(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, void *base)
{
	char *text = NULL;
	char **field = (char **)(void *)((char *)base + row->offset);
	if (!fields_read_text(r, row, label, entry->value, &text))
		return;
	warn_if_differs(r, row, label, entry, *field && strcmp(*field, text) == 0);
	*field = text;
}

static void read_value(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, void *base);

/* The key below prefix that was meant, near without the prefix that both have. */
static const char *nearest_nested(const char *prefix, const char *full)
{
	const char *nearest = schema_nearest(IN_SIDEWAYS, full);
	size_t len = strlen(prefix) + 1; /* with the point */

	if (!nearest || strncmp(nearest, full, len) != 0)
		return NULL;
	nearest += len;
	return settings_nearest(full + len, &nearest, 1);
}

/* A map whose keys are rows "prefix.key". */
static void read_nested(struct reading *r, const char *label, const char *prefix,
    const struct yaml_node *node, void *base)
{
	if (node->kind != YAML_IS_MAP) {
		(void)value_fault(r, label, node->origin, "expected a map");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_entry *entry = &node->entries[i];
		const char *full = arena_printf(r->arena, "%s.%s", prefix, entry->key);
		const struct schema_row *row = schema_find(IN_SIDEWAYS, full);
		const char *nearest = row ? NULL : nearest_nested(prefix, full);

		if (row)
			read_value(r, row, arena_printf(r->arena, "%s.%s", label, entry->key),
			    entry, base);
		else if (nearest)
			value_warn(r, label, entry->origin, "unknown key '%s' (nearest: %s)",
			    entry->key, nearest);
		else
			value_warn(r, label, entry->origin, "unknown key '%s'", entry->key);
	}
}

static void set_field(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, void *base)
{
	switch (row->type) {
	case TYPE_BOOL:
	case TYPE_FLAG:
		set_bool(r, row, label, entry, base);
		break;
	case TYPE_WHOLE:
	case TYPE_WEIGHT:
	case TYPE_MEBIBYTES:
	case TYPE_DURATION:
	case TYPE_MONEY:
	case TYPE_PRICE:
	case TYPE_LONG_PRICE:
		set_number(r, row, label, entry, base);
		break;
	case TYPE_NUMBER_PARAMETER:
	case TYPE_WHOLE_PARAMETER:
	case TYPE_BOOL_PARAMETER:
	case TYPE_ANY_PARAMETER:
		deployment_parameter(r, row, label, entry, base);
		break;
	case TYPE_NESTED:
		read_nested(r, label, row->key, entry->value, base);
		break;
	case TYPE_SPECIAL:
		row->read(r, label, entry->value, base);
		break;
	default:
		set_text(r, row, label, entry, base);
	}
}

/* An empty text of an entry too: LiteLLM takes the provider's own variable then. */
static bool counts_as_absent(const struct schema_row *row, const struct yaml_node *node)
{
	bool is_text = row->type == TYPE_TEXT || row->type == TYPE_SECRET ||
		       row->type == TYPE_URL || row->read == deployment_organization;

	return yaml_tree_is_null(node) || (is_text && (row->sections & IN_PARAMS) &&
					      node->kind == YAML_IS_TEXT && !*node->text);
}

/* What would have protected or held back is more than a notice, unless it was off or empty. */
static enum problem_severity severity_of_unused(
    const struct schema_row *row, const struct yaml_node *node)
{
	struct scalar scalar = { .text = node->kind == YAML_IS_TEXT ? node->text : "on" };
	bool on;

	if (row->least != UNUSED_GUARD || (node->kind != YAML_IS_TEXT && !node->count))
		return PROBLEM_NOTICE;
	return value_is_bool(&scalar, &on) && !on ? PROBLEM_NOTICE : PROBLEM_WARNING;
}

/* The value of a key whose row is known. */
static void read_value(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, void *base)
{
	if (counts_as_absent(row, entry->value)) {
		if (row->type == TYPE_SECRET)
			problems_add(r->problems, PROBLEM_WARNING, entry->origin,
			    "%s has no value and counts as absent", label);
		return;
	}
	if (row->type == TYPE_UNSUPPORTED) {
		problems_add(r->problems, severity_of_unused(row, entry->value), entry->origin,
		    "%s is not used: %s", label, row->note);
		return;
	}
	if (row->note && row->type != TYPE_CHOICE)
		problems_add(r->problems, PROBLEM_NOTICE, entry->origin, "%s %s", label, row->note);
	set_field(r, row, label, entry, base);
}

static void fields_read_entry(
    struct reading *r, unsigned section, const struct yaml_entry *entry, void *base)
{
	const struct schema_row *row = schema_find(section, entry->key);
	if (!row) {
		if (section != IN_INFO || !own_words_is_one(entry)) /* told once for all of them */
			fields_unknown_key(r, section, entry);
		return;
	}
	if (row->type == TYPE_ELSEWHERE)
		return;
	const char *label =
	    arena_printf(r->arena, "%s.%s", schema_section_name(section), entry->key);
	if (section == IN_TOP)
		label = entry->key;
	read_value(r, row, label, entry, base);
}

void fields_read(struct reading *r, unsigned section, const struct yaml_node *node, void *base)
{
	if (!node || yaml_tree_is_null(node))
		return;
	if (node->kind != YAML_IS_MAP) {
		problems_add(r->problems, PROBLEM_ERROR, node->origin,
		    "%s must be a map of keys and values", schema_section_name(section));
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		fields_read_entry(r, section, &node->entries[i], base);
}
