/*
 * Numbers and their text.  See the header.
 */
#include "management/wire.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_build.h"
#include "base/number.h"

#include "base/banned.h"

#define PICO_PER_DOLLAR 1e12

json_t *wire_dollars(int64_t nano)
{
	return json_real((double)nano / (double)NANO_PER_DOLLAR);
}

json_t *wire_dollars_a_token(int64_t pico)
{
	return json_real((double)pico / PICO_PER_DOLLAR);
}

json_t *wire_money(const json_t *view, const char *name)
{
	char member[64];
	const json_t *nano;

	snprintf(member, sizeof member, "%s_nano", name);
	nano = json_object_get(view, member);
	return json_is_integer(nano) ? wire_dollars(json_integer_value(nano)) : json_null();
}

json_t *wire_same(const json_t *view, const char *name)
{
	json_t *value = json_object_get(view, name);

	return value ? json_incref(value) : json_null();
}

void wire_copy(json_t *out, const json_t *view, const char *members)
{
	char name[64], from[64];

	for (size_t len; *members; members += len + strspn(members + len, " ")) {
		size_t name_len = strcspn(members, " =$");
		const char *of = members[name_len] == '=' ? members + name_len + 1 : members;

		len = strcspn(members, " ");
		snprintf(name, sizeof name, "%.*s", (int)name_len, members);
		snprintf(from, sizeof from, "%.*s", (int)strcspn(of, " $"), of);
		json_set(out, name,
		    members[len - 1] == '$' ? wire_money(view, from) : wire_same(view, from));
	}
}

/* 17 digits always name a double; most amounts need fewer. */
static void write_real(struct text *out, double value)
{
	char digits[40];

	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof digits, "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	text_puts(out, digits);
}

static void write_object(struct text *out, const json_t *object)
{
	const char *name, *comma = "";
	json_t *value;

	text_putc(out, '{');
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		text_puts(out, comma);
		text_json_string(out, name, strlen(name));
		text_putc(out, ':');
		wire_write(out, value);
		comma = ",";
	}
	text_putc(out, '}');
}

static void write_array(struct text *out, const json_t *array)
{
	text_putc(out, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		text_puts(out, i ? "," : "");
		wire_write(out, json_array_get(array, i));
	}
	text_putc(out, ']');
}

void wire_write(struct text *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		write_object(out, value);
		break;
	case JSON_ARRAY:
		write_array(out, value);
		break;
	case JSON_STRING:
		text_json_string(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		text_printf(out, "%lld", (long long)json_integer_value(value));
		break;
	case JSON_REAL:
		write_real(out, json_real_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		text_puts(out, json_is_true(value) ? "true" : "false");
		break;
	default:
		text_puts(out, "null");
	}
}
