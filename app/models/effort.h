#ifndef MODELS_EFFORT_H
#define MODELS_EFFORT_H

/*
 * How much a model is to think, in the words that the vendors share.  A model need not have all of
 * them (model_traits.h).
 */
#include "base/slice.h"

enum chat_effort {
	EFFORT_UNSET,
	EFFORT_NONE,
	EFFORT_MINIMAL,
	EFFORT_LOW,
	EFFORT_MEDIUM,
	EFFORT_HIGH,
	EFFORT_XHIGH,
	EFFORT_MAX
};

enum chat_effort effort_from_name(struct slice name); /* EFFORT_UNSET when it is none */
const char *effort_name(enum chat_effort effort);     /* NULL: EFFORT_UNSET */

/* Of a set of levels (a bit each, 1 << EFFORT_LOW ...) the nearest one that thinks; of two that are
 * equally near the lower, which costs less.  EFFORT_UNSET: there is none. */
enum chat_effort effort_nearest(enum chat_effort wanted, unsigned levels);

#endif
