/*
 * JSON to protobuf by a table of the messages.  See the header.
 *
 * Numbers of fields: opentelemetry-proto 1.45.2 (trace.proto, common.proto, resource.proto,
 * trace_service.proto).
 */
#include "telemetry/trace_protobuf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum field_type { MESSAGE, STRING, HEX, VARINT, BOOL, FIXED64, DOUBLE };
enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

struct field {
	const char *name;
	unsigned number;
	enum field_type type;
	const struct field *message;
};

#define END                                                                                        \
	{                                                                                          \
		NULL, 0, STRING, NULL                                                              \
	}

static const struct field array_value[];
static const struct field any_value[] = {
	{ "stringValue", 1, STRING, NULL },
	{ "boolValue", 2, BOOL, NULL },
	{ "intValue", 3, VARINT, NULL },
	{ "doubleValue", 4, DOUBLE, NULL },
	{ "arrayValue", 5, MESSAGE, array_value },
	END,
};
static const struct field array_value[] = { { "values", 1, MESSAGE, any_value }, END };
static const struct field key_value[] = { { "key", 1, STRING, NULL },
	{ "value", 2, MESSAGE, any_value }, END };
static const struct field status[] = { { "message", 2, STRING, NULL }, { "code", 3, VARINT, NULL },
	END };
static const struct field span[] = {
	{ "traceId", 1, HEX, NULL },
	{ "spanId", 2, HEX, NULL },
	{ "traceState", 3, STRING, NULL },
	{ "parentSpanId", 4, HEX, NULL },
	{ "name", 5, STRING, NULL },
	{ "kind", 6, VARINT, NULL },
	{ "startTimeUnixNano", 7, FIXED64, NULL },
	{ "endTimeUnixNano", 8, FIXED64, NULL },
	{ "attributes", 9, MESSAGE, key_value },
	{ "status", 15, MESSAGE, status },
	END,
};
static const struct field scope[] = { { "name", 1, STRING, NULL }, { "version", 2, STRING, NULL },
	END };
static const struct field scope_spans[] = { { "scope", 1, MESSAGE, scope },
	{ "spans", 2, MESSAGE, span }, END };
static const struct field resource[] = { { "attributes", 1, MESSAGE, key_value }, END };
static const struct field resource_spans[] = { { "resource", 1, MESSAGE, resource },
	{ "scopeSpans", 2, MESSAGE, scope_spans }, END };
static const struct field request[] = { { "resourceSpans", 1, MESSAGE, resource_spans }, END };

static void put_varint(struct text *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		text_putc(out, (char)(value | 0x80));
	text_putc(out, (char)value);
}

static void put_tag(struct text *out, const struct field *field, enum wire_type type)
{
	put_varint(out, (uint64_t)field->number << 3 | type);
}

static void put_fixed64(struct text *out, const struct field *field, uint64_t value)
{
	put_tag(out, field, WIRE_FIXED64);
	for (int i = 0; i < 8; i++)
		text_putc(out, (char)(value >> (8 * i)));
}

static void put_bytes(struct text *out, const struct field *field, const char *bytes, size_t len)
{
	put_tag(out, field, WIRE_BYTES);
	put_varint(out, len);
	text_add(out, bytes, len);
}

/* Whole numbers of 64 bits are texts in OTLP's JSON. */
static int64_t whole_number(const json_t *value)
{
	return json_is_string(value) ? strtoll(json_string_value(value), NULL, 10)
				     : json_integer_value(value);
}

static void put_hex(struct text *out, const struct field *field, const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	char bytes[16];
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < len && i < sizeof bytes; i++)
		bytes[i] = (char)((strchr(digits, hex[2 * i]) - digits) << 4 |
				  (strchr(digits, hex[2 * i + 1]) - digits));
	put_bytes(out, field, bytes, len < sizeof bytes ? len : sizeof bytes);
}

static void put_message(struct text *out, const struct field *fields, const json_t *object);

static void put_field(struct text *out, const struct field *field, const json_t *value)
{
	AUTO_TEXT struct text inner;
	double real = json_number_value(value);
	uint64_t bits;

	text_init(&inner, SIZE_MAX / 2);
	switch (field->type) {
	case MESSAGE:
		put_message(&inner, field->message, value);
		put_bytes(out, field, inner.bytes ? inner.bytes : "", inner.len);
		break;
	case STRING:
		put_bytes(out, field, json_string_value(value), json_string_length(value));
		break;
	case HEX:
		put_hex(out, field, json_string_value(value));
		break;
	case VARINT:
	case BOOL:
		put_tag(out, field, WIRE_VARINT);
		put_varint(
		    out, field->type == BOOL ? json_is_true(value) : (uint64_t)whole_number(value));
		break;
	case FIXED64:
		put_fixed64(out, field, (uint64_t)whole_number(value));
		break;
	case DOUBLE:
		memcpy(&bits, &real, sizeof bits);
		put_fixed64(out, field, bits);
		break;
	}
}

static void put_message(struct text *out, const struct field *fields, const json_t *object)
{
	for (const struct field *field = fields; field->name; field++) {
		const json_t *value = json_object_get(object, field->name);

		if (!json_is_array(value) && value)
			put_field(out, field, value);
		for (size_t i = 0; i < json_array_size(value); i++)
			put_field(out, field, json_array_get(value, i));
	}
}

void trace_protobuf(struct text *out, const json_t *body)
{
	put_message(out, request, body);
}
