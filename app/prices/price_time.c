/*
 * Prices in time.  See the header.
 */
#include "prices/price_time.h"

#include <stddef.h>
#include <string.h>

#include "prices/price_row.h"

#include "base/banned.h"

#define DAY_MS INT64_C(86400000)

static struct price at_hours(const struct price *price, int64_t from_ms, int64_t to_ms)
{
	struct price out = *price;

	if (!price_hours_hold(&price->off_peak, from_ms, to_ms))
		return out;
	if (price->off_input_pico != PRICE_UNKNOWN)
		out.input_pico = price->off_input_pico;
	if (price->off_output_pico != PRICE_UNKNOWN)
		out.output_pico = price->off_output_pico;
	if (price->off_cache_read_pico != PRICE_UNKNOWN)
		out.cache_read_pico = price->off_cache_read_pico;
	return out;
}

static bool may_be_before(const struct price *price, int64_t from_ms)
{
	return from_ms <= price->changes_ms + DAY_MS;
}

struct price price_within(const struct price_course *course, int64_t from_ms, int64_t to_ms)
{
	const struct price *now = course->now;
	struct price out = at_hours(now, from_ms, to_ms);

	for (size_t i = 0; i < course->changes && to_ms >= now->changes_ms - DAY_MS; i++) {
		struct price after = at_hours(&course->after[i], from_ms, to_ms);

		out = may_be_before(now, from_ms) ? price_dearer(&out, &after) : after;
		now = &course->after[i];
	}
	return out;
}

/* The model itself, or a version of it: "gemini-3.8-flash-001" of "gemini-3.8-flash". */
static bool names(const char *answered, const char *model)
{
	size_t len = strlen(model);

	return len > 0 && strncmp(answered, model, len) == 0 &&
	       (!answered[len] ||
		   (answered[len] == '-' && answered[len + 1] >= '0' && answered[len + 1] <= '9'));
}

struct price price_billed(const struct price_course *course, const char *model,
    const char *answered, int64_t from_ms, int64_t to_ms)
{
	const char *slash = answered ? strrchr(answered, '/') : NULL;
	const char *name = slash ? slash + 1 : answered;

	struct price_course successor;

	if (!name || !course->changes)
		return price_within(course, from_ms, to_ms);
	successor = (struct price_course){ course->after, course->after + 1, course->changes - 1 };
	if (names(name, course->now->goes_on_as))
		return price_within(&successor, from_ms, to_ms);
	/* A price that changes keeps the model's name. */
	if (!strchr(course->now->goes_on_as, '@') && names(name, model) &&
	    may_be_before(course->now, from_ms))
		return at_hours(course->now, from_ms, to_ms);
	return price_within(course, from_ms, to_ms);
}
