/*
 * YAML nodes to JSON text, for parameters that are passed on to providers.
 */
#include "settings/yaml_json.h"
#include "settings/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define DIGITS "0123456789"

/* The length of an exponent ("e-7"), 0 when there is none, -1 when it has no digits. */
static long exponent_length(const char *text)
{
	size_t sign, digits;

	if (*text != 'e' && *text != 'E')
		return 0;
	sign = text[1] == '-' || text[1] == '+';
	digits = strspn(text + 1 + sign, DIGITS);
	return digits ? (long)(1 + sign + digits) : -1;
}

struct spelled { /* the parts of a number */
	const char *sign, *whole, *fraction, *exponent;
	int whole_len, fraction_len;
	bool is_whole;
};

static bool spell(const char *text, struct spelled *out)
{
	bool point;
	long exponent_len;

	out->sign = *text == '-' ? "-" : "";
	out->whole = text + (*text == '-' || *text == '+');
	out->whole_len = (int)strspn(out->whole, DIGITS);
	point = out->whole[out->whole_len] == '.';
	out->fraction = out->whole + out->whole_len + point;
	out->fraction_len = point ? (int)strspn(out->fraction, DIGITS) : 0;
	out->exponent = out->fraction + out->fraction_len;
	exponent_len = exponent_length(out->exponent);
	out->is_whole = !point && exponent_len == 0;
	if (exponent_len < 0 || out->exponent[exponent_len] ||
	    out->whole_len + out->fraction_len == 0)
		return false;
	return out->whole_len < 2 || *out->whole != '0';
}

/* The number in JSON's spelling ("+1", ".5" and "5." are YAML's), or NULL when it is none. */
static const char *number_spelling(const char *text, char *buffer, size_t size, bool *is_whole)
{
	struct spelled n;
	int len;

	if (!spell(text, &n))
		return NULL;
	len = snprintf(buffer, size, "%s%.*s%s%.*s%s", n.sign, n.whole_len ? n.whole_len : 1,
	    n.whole_len ? n.whole : "0", n.fraction_len ? "." : "", n.fraction_len, n.fraction,
	    n.exponent);
	*is_whole = n.is_whole;
	return len > 0 && (size_t)len < size ? buffer : NULL;
}

static enum yaml_json_type scalar_json(struct text *out, const struct scalar *scalar)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	char buffer[64];
	bool value, is_whole = false;
	for (size_t i = 0; scalar->plain && i < sizeof nulls / sizeof nulls[0]; i++) {
		if (strcmp(scalar->text, nulls[i]) == 0) {
			text_puts(out, "null");
			return YAML_JSON_NULL;
		}
	}
	if (scalar->plain && value_is_bool(scalar, &value)) {
		text_puts(out, value ? "true" : "false");
		return YAML_JSON_BOOL;
	}
	char digits[VALUE_NUMBER_MAX];
	const char *number = scalar->plain
				 ? number_spelling(value_number_text(scalar, digits, sizeof digits),
				       buffer, sizeof buffer, &is_whole)
				 : NULL;
	if (number) {
		text_puts(out, number);
		return is_whole ? YAML_JSON_WHOLE : YAML_JSON_NUMBER;
	}
	text_json_string(out, scalar->text, strlen(scalar->text));
	return YAML_JSON_TEXT;
}

/* Recursion is bounded by YAML_TREE_DEPTH_MAX. */
static bool node_json(struct reading *r, const char *label, const struct yaml_node *node,
    struct text *out, enum yaml_json_type *out_type)
{
	if (node->kind == YAML_IS_TEXT) {
		struct scalar scalar;
		if (!value_scalar(r, label, node, &scalar) || scalar.unset)
			return false;
		*out_type = scalar_json(out, &scalar);
		return true;
	}
	bool is_map = node->kind == YAML_IS_MAP;
	text_putc(out, is_map ? '{' : '[');
	for (size_t i = 0; i < node->count; i++) {
		if (i)
			text_puts(out, ",");
		if (is_map) {
			text_json_string(out, node->entries[i].key, strlen(node->entries[i].key));
			text_putc(out, ':');
		}
		if (!node_json(r, label, node->entries[i].value, out, out_type))
			return false;
	}
	text_putc(out, is_map ? '}' : ']');
	*out_type = YAML_JSON_OTHER;
	return true;
}

bool yaml_json(struct reading *r, const char *label, const struct yaml_node *node, char **out_json,
    enum yaml_json_type *out_type)
{
	AUTO_TEXT struct text text = text_empty(SETTINGS_FILE_BYTES_MAX);
	enum yaml_json_type type = YAML_JSON_NULL;
	if (!node_json(r, label, node, &text, &type))
		return false;
	if (text_failed(&text))
		return value_fault(r, label, node->origin, "is larger than 1 MiB as JSON");
	*out_json = arena_copy_slice(r->arena, text_slice(&text));
	*out_type = type;
	return true;
}
