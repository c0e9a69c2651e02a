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

/* A period's windows in a day: at most one a second. */
#define WINDOWS_MAX 100000
#define UNCAPPED    INT64_MAX
#define DAY_MS      INT64_C(86400000)

static int64_t add_capped(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UNCAPPED : sum;
}

/* How many windows of the period touch so many days from the calendar day of now_ms on. */
static int64_t windows_in_days(
    const char *period, const char *timezone, int64_t now_ms, int64_t days)
{
	struct window day, window;
	int64_t count = 1, ends_ms;

	if (window_at("1d", timezone, now_ms, &day, NULL) < 0 ||
	    window_at(period, timezone, day.starts_ms, &window, NULL) < 0)
		return WINDOWS_MAX;
	ends_ms = day.ends_ms + (days - 1) * DAY_MS;
	while (window.ends_ms < ends_ms && count < WINDOWS_MAX) {
		if (window_at(period, timezone, window.ends_ms, &window, NULL) < 0)
			return WINDOWS_MAX;
		count++;
	}
	return count;
}

struct summing {
	const struct catalog *catalog;
	const struct settings *settings;
	int64_t now_ms, days;
	struct arena *arena;
	struct day_cost *out;
};

static int64_t cap_of_days(const struct summing *sum, int64_t limit_nano, const char *period)
{
	int64_t cap;

	if (limit_nano == SETTING_UNSET)
		return UNCAPPED;
	int64_t windows =
	    windows_in_days(period ? period : "", sum->settings->timezone, sum->now_ms, sum->days);
	return __builtin_mul_overflow(limit_nano, windows, &cap) ? UNCAPPED : cap;
}

static bool costs_nothing(const struct member *member)
{
	if (!member->priced) /* without a price no call is made; a wildcard finds its price later */
		return !strchr(member->model, '*');
	const struct price *price = &member->price;
	const int64_t parts[] = { price->input_pico, price->output_pico, price->cache_read_pico,
		price->cache_write_pico, price->cache_write_1h_pico, price->reasoning_pico,
		price->audio_input_pico, price->audio_output_pico, price->long_input_pico,
		price->long_output_pico, price->long_cache_read_pico, price->per_request_nano };
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (parts[i] > 0)
			return false;
	return true;
}

static int64_t provider_cap(const struct summing *sum, const char *provider)
{
	const struct settings *settings = sum->settings;
	int64_t cap = UNCAPPED;

	for (size_t i = 0; i < settings->provider_budget_count; i++) {
		const struct provider_budget *budget = &settings->provider_budgets[i];
		if (strcmp(budget->provider, provider) != 0)
			continue;
		int64_t this_cap =
		    cap_of_days(sum, budget->max_budget_nano, budget->budget_duration);
		if (this_cap < cap)
			cap = this_cap;
	}
	return cap;
}

static int64_t member_cap(const struct summing *sum, const struct member *member)
{
	const struct deployment *deployment = member->deployment;

	if (costs_nothing(member))
		return 0;
	return cap_of_days(sum, deployment->max_budget_nano, deployment->budget_duration);
}

/* The deployments of one provider together, under the provider's budget if it has one. */
static int64_t sum_provider(const struct summing *sum, const char *provider)
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

void check_days_make(const struct catalog *catalog, int64_t now_ms, int64_t days,
    struct arena *arena, struct day_cost *out)
{
	const struct settings *settings = catalog_settings(catalog);
	struct summing sum = { catalog, settings, now_ms, days, arena, out };
	int64_t total = 0;

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
