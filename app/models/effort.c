/*
 * Levels of effort.  See the header.
 */
#include "models/effort.h"

#include "base/banned.h"

static const char *const names[] = { NULL, "none", "minimal", "low", "medium", "high", "xhigh",
	"max" };

enum chat_effort effort_from_name(struct slice name)
{
	for (size_t i = EFFORT_NONE; i <= EFFORT_MAX; i++)
		if (slice_is(name, names[i]))
			return (enum chat_effort)i;
	return EFFORT_UNSET;
}

const char *effort_name(enum chat_effort effort)
{
	return names[effort];
}

enum chat_effort effort_nearest(enum chat_effort wanted, unsigned levels)
{
	for (int away = 0; away <= EFFORT_MAX; away++) {
		int below = (int)wanted - away, above = (int)wanted + away;

		if (below >= EFFORT_MINIMAL && below <= EFFORT_MAX && (levels & 1U << below))
			return (enum chat_effort)below;
		if (above >= EFFORT_MINIMAL && above <= EFFORT_MAX && (levels & 1U << above))
			return (enum chat_effort)above;
	}
	return EFFORT_UNSET;
}
