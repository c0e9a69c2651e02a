/*
 * The most that a day, or some days, can cost.  The proxy's budget caps everything; without one,
 * every deployment must be capped by its own budget or by its provider's, and the sum is the
 * answer.  Budgets of keys do not count here: the master key has none, and the next key may have
 * none either.
 */
#include "views/check_report.h"

#include <string.h>

#include "accounts/window.h"

#include "base/banned.h"

#define UNCAPPED INT64_MAX
#define DAY_MS   INT64_C(86400000)

/* Spans are tried over these years, of which one is a leap year, so that nothing depends on the
 * day on which it is asked. */
#define FROM_MS    INT64_C(1704067200000) /* 2024-01-01 */
#define DAYS       731
#define SPANS_MOST (DAYS + 1)

static int64_t add_capped(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UNCAPPED : sum;
}

struct counted {
	const char *period;
	int64_t windows;
	struct counted *next;
};

struct summing {
	const struct catalog *catalog;
	const struct settings *settings;
	struct window *spans; /* all days, three days or months, by the calendar of the settings */
	size_t span_count;
	struct counted *counted; /* the periods that were asked; there are few */
	struct arena *arena;
	struct day_cost *out;
};

/* The windows of `unit` one after the other, and of each `length` - 1 further ones. */
static void make_spans(struct summing *sum, const char *unit, size_t length)
{
	struct window *spans = arena_alloc(sum->arena, SPANS_MOST * sizeof *spans);
	int64_t at_ms = FROM_MS;
	size_t count = 0;

	while (count < DAYS && at_ms < FROM_MS + DAYS * DAY_MS &&
	       window_at(unit, sum->settings->timezone, at_ms, &spans[count], NULL) == 0)
		at_ms = spans[count++].ends_ms;
	sum->spans = spans;
	sum->span_count = count < length ? 0 : count - length + 1;
	for (size_t i = 0; i < sum->span_count; i++)
		spans[i].ends_ms = spans[i + length - 1].ends_ms;
}

/* How many windows of the period touch the span.  Those below a day are of one length, but for the
 * hours of a clock change. */
static int64_t windows_in(const char *period, const char *timezone, const struct window *span)
{
	struct window first, last;
	int64_t count = 1;

	if (window_at(period, timezone, span->starts_ms, &first, NULL) < 0 ||
	    window_at(period, timezone, span->ends_ms - 1, &last, NULL) < 0)
		return 1;
	if (first.ends_ms - first.starts_ms < DAY_MS / 2)
		return (last.starts_ms - first.starts_ms) / (first.ends_ms - first.starts_ms) + 1;
	while (first.ends_ms < span->ends_ms) {
		if (window_at(period, timezone, first.ends_ms, &first, NULL) < 0)
			break;
		count++;
	}
	return count;
}

/* The most windows of the period that any of the spans touches. */
static int64_t most_windows(struct summing *sum, const char *period)
{
	struct counted *counted = sum->counted;

	while (counted && strcmp(counted->period, period) != 0)
		counted = counted->next;
	if (counted)
		return counted->windows;
	counted = arena_alloc(sum->arena, sizeof *counted);
	*counted = (struct counted){ period, 1, sum->counted };
	sum->counted = counted;
	for (size_t i = 0; i < sum->span_count; i++) {
		int64_t count = windows_in(period, sum->settings->timezone, &sum->spans[i]);

		if (count > counted->windows)
			counted->windows = count;
	}
	return counted->windows;
}

static int64_t cap_of_days(struct summing *sum, int64_t limit_nano, const char *period)
{
	int64_t cap;

	if (limit_nano == SETTING_UNSET)
		return UNCAPPED;
	return __builtin_mul_overflow(limit_nano, most_windows(sum, period ? period : ""), &cap)
		   ? UNCAPPED
		   : cap;
}

static bool costs_nothing(const struct member *member)
{
	if (!member->priced) /* without a price no call is made; a wildcard finds its price later */
		return !strchr(member->model, '*');
	return price_is_free(&member->price);
}

static int64_t provider_cap(struct summing *sum, const char *provider)
{
	const struct settings *settings = sum->settings;
	int64_t cap = UNCAPPED;

	for (size_t i = 0; i < settings->provider_budgets.count; i++) {
		const struct named_budget *budget = &settings->provider_budgets.items[i];
		if (strcmp(budget->name, provider) != 0)
			continue;
		int64_t this_cap =
		    cap_of_days(sum, budget->max_budget_nano, budget->budget_duration);
		if (this_cap < cap)
			cap = this_cap;
	}
	return cap;
}

static int64_t member_cap(struct summing *sum, const struct member *member)
{
	const struct deployment *deployment = member->deployment;

	if (costs_nothing(member))
		return 0;
	return cap_of_days(sum, deployment->max_budget_nano, deployment->budget_duration);
}

/* The deployments of one provider together, under the provider's budget if it has one. */
static int64_t sum_provider(struct summing *sum, const char *provider)
{
	int64_t own = 0, cap = provider_cap(sum, provider);

	for (size_t g = 0; g < catalog_group_count(sum->catalog); g++) {
		const struct group *group = catalog_group_at(sum->catalog, g);
		for (size_t m = 0; m < group->member_count; m++) {
			const struct member *member = &group->members[m];
			if (strcmp(member->deployment->provider, provider) != 0)
				continue;
			int64_t its_own = member_cap(sum, member);
			own = add_capped(own, its_own);
			if (its_own == UNCAPPED && cap == UNCAPPED)
				sum->out->uncapped[sum->out->uncapped_count++] =
				    arena_printf(sum->arena, "%s: %s/%s", group->name, provider,
					member->deployment->model);
		}
	}
	return own < cap ? own : cap;
}

/* Is it the first deployment of its provider?  Each provider is summed once. */
static bool first_of_provider(const struct settings *settings, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(settings->deployments[i].provider,
			settings->deployments[index].provider) == 0)
			return false;
	return true;
}

void check_days_make(
    const struct catalog *catalog, enum check_span span, struct arena *arena, struct day_cost *out)
{
	static const struct {
		const char *unit;
		size_t length;
	} spans[] = { [CHECK_DAY] = { "1d", 1 },
		[CHECK_THREE_DAYS] = { "1d", 3 },
		[CHECK_MONTH] = { "1mo", 1 } };
	const struct settings *settings = catalog_settings(catalog);
	struct summing sum = {
		.catalog = catalog, .settings = settings, .arena = arena, .out = out
	};
	int64_t total = 0;

	make_spans(&sum, spans[span].unit, spans[span].length);
	*out = (struct day_cost){ 0 };
	out->uncapped =
	    arena_alloc(arena, (settings->deployment_count + 1) * sizeof *out->uncapped);
	for (size_t i = 0; i < settings->deployment_count; i++)
		if (first_of_provider(settings, i))
			total = add_capped(
			    total, sum_provider(&sum, settings->deployments[i].provider));
	int64_t proxy = cap_of_days(&sum, settings->max_budget_nano, settings->budget_duration);
	out->by_proxy = proxy <= total && proxy != UNCAPPED;
	out->most_nano = out->by_proxy ? proxy : total;
	out->bounded = out->most_nano != UNCAPPED;
}
