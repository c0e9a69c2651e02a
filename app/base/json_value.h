#ifndef BASE_JSON_VALUE_H
#define BASE_JSON_VALUE_H

/*
 * Values of any of JSON's types as arguments of one call: the compiler sees which type each has, so
 * no letter has to say it.  For json_write.h and json_build.h.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/slice.h"

struct json_value {
	enum { VALUE_TEXT, VALUE_SLICE, VALUE_WHOLE, VALUE_TREE } type;
	union {
		const char *text;
		struct slice slice;
		int64_t whole;
		json_t *tree;
	};
};

static inline struct json_value json_value_text(const char *text)
{
	return (struct json_value){ VALUE_TEXT, { .text = text } };
}

static inline struct json_value json_value_slice(struct slice slice)
{
	return (struct json_value){ VALUE_SLICE, { .slice = slice } };
}

static inline struct json_value json_value_whole(int64_t whole)
{
	return (struct json_value){ VALUE_WHOLE, { .whole = whole } };
}

static inline struct json_value json_value_tree(json_t *tree)
{
	return (struct json_value){ VALUE_TREE, { .tree = tree } };
}

/* clang-format off */
#define JSON_VALUE(value) _Generic((value), char *: json_value_text, const char *: json_value_text, \
	struct slice: json_value_slice, json_t *: json_value_tree, default: json_value_whole)(value)

/* The arguments, each as a value: an array of up to 36.  The preprocessor knows no loop: a macro is
 * not expanded within itself, but is again where what it left is looked at anew. */
#define JSON_VALUES(...)      (struct json_value[]){ JSON_ANEW(JSON_ANEW(JSON_EACH(__VA_ARGS__))) }
#define JSON_EACH(value, ...) JSON_VALUE(value) __VA_OPT__(, JSON_MORE JSON_NOTHING (__VA_ARGS__))
#define JSON_MORE()           JSON_EACH
#define JSON_NOTHING          ()
#define JSON_ANEW(...)        JSON_6(JSON_6(JSON_6(__VA_ARGS__)))
#define JSON_6(...)           JSON_2(JSON_2(JSON_2(JSON_2(JSON_2(JSON_2(__VA_ARGS__))))))
#define JSON_2(...)           __VA_ARGS__
/* clang-format on */

#endif
