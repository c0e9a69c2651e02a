#ifndef BASE_ARGUMENT_H
#define BASE_ARGUMENT_H

/*
 * Values of any type as the arguments of one call, for functions that take several: the compiler
 * sees which type each has, so that no letter has to say it and none can be wrong.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/slice.h"

struct argument {
	enum { ARGUMENT_TEXT, ARGUMENT_SLICE, ARGUMENT_WHOLE, ARGUMENT_TREE } type;
	union {
		const char *text;
		struct slice slice;
		int64_t whole;
		json_t *tree;
	};
};

static inline struct argument argument_text(const char *text)
{
	return (struct argument){ ARGUMENT_TEXT, { .text = text } };
}

static inline struct argument argument_slice(struct slice slice)
{
	return (struct argument){ ARGUMENT_SLICE, { .slice = slice } };
}

static inline struct argument argument_whole(int64_t whole)
{
	return (struct argument){ ARGUMENT_WHOLE, { .whole = whole } };
}

static inline struct argument argument_tree(json_t *tree)
{
	return (struct argument){ ARGUMENT_TREE, { .tree = tree } };
}

/* clang-format off */
#define ARGUMENT(value) _Generic((value), char *: argument_text, const char *: argument_text, \
	struct slice: argument_slice, json_t *: argument_tree, default: argument_whole)(value)

/* The arguments, each as a value: an array of up to 36.  The preprocessor knows no loop: a macro is
 * not expanded within itself, but is again where what it left is looked at anew. */
#ifdef __cppcheck__ /* which knows no __VA_OPT__ */
#define ARGUMENTS(...)      arguments_of(__VA_ARGS__)
#else
#define ARGUMENTS(...)      (struct argument[]){ ARGUMENTS_ANEW(ARGUMENTS_ANEW(ARGUMENTS_EACH(__VA_ARGS__))) }
#endif
#define ARGUMENTS_EACH(value, ...) \
	ARGUMENT(value) __VA_OPT__(, ARGUMENTS_MORE ARGUMENTS_NOTHING (__VA_ARGS__))
#define ARGUMENTS_MORE()    ARGUMENTS_EACH
#define ARGUMENTS_NOTHING   ()
#define ARGUMENTS_ANEW(...) ARGUMENTS_6(ARGUMENTS_6(ARGUMENTS_6(__VA_ARGS__)))
#define ARGUMENTS_6(...)    ARGUMENTS_3(ARGUMENTS_3(__VA_ARGS__))
#define ARGUMENTS_3(...)    ARGUMENTS_1(ARGUMENTS_1(ARGUMENTS_1(__VA_ARGS__)))
#define ARGUMENTS_1(...)    __VA_ARGS__

/* Behind the last one, for a function that cannot know their count. */
#define ARGUMENTS_END ((const char *)NULL)
/* clang-format on */

#endif
