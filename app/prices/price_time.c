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

static bool may_be_before(const struct price_course *course, int64_t from_ms)
{
	return !course->after || from_ms <= course->now->changes_ms + DAY_MS;
}

static bool may_be_after(const struct price_course *course, int64_t to_ms)
{
	return course->after && to_ms >= course->now->changes_ms - DAY_MS;
}

struct price price_within(const struct price_course *course, int64_t from_ms, int64_t to_ms)
{
	struct price now = at_hours(course->now, from_ms, to_ms), after;

	if (!may_be_after(course, to_ms))
		return now;
	after = at_hours(course->after, from_ms, to_ms);
	return may_be_before(course, from_ms) ? price_dearer(&now, &after) : after;
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

	if (name && course->after && names(name, course->now->goes_on_as))
		return at_hours(course->after, from_ms, to_ms);
	/* A price that changes keeps the model's name. */
	if (name && course->after && !strchr(course->now->goes_on_as, '@') && names(name, model) &&
	    may_be_before(course, from_ms))
		return at_hours(course->now, from_ms, to_ms);
	return price_within(course, from_ms, to_ms);
}
