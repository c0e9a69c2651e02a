/*
 * What a simulation found.  See the header.
 */
#include "cli/simulate_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "cli/table_print.h"

#include "base/banned.h"

#define HOUR_MS   INT64_C(3600000)
#define ROWS_MOST 28
#define BAR_MOST  24

static const char *simulate_print_dollars(int64_t nano, char out[40])
{
	snprintf(out, 40, "%s", number_dollars(nano).text);
	return out;
}

/* "Fri 11-27 18:00" */
static const char *moment(int64_t at_ms, char out[32])
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };

	snprintf(out, 32, "%s %.5s %.5s", days[at_ms / (24 * HOUR_MS) % 7],
	    clock_iso(at_ms).text + 5, clock_iso(at_ms).text + 11);
	return out;
}

/* ---- rows ---- */

/* Hours of one row. */
static size_t row_hours(size_t steps)
{
	static const size_t spans[] = { 1, 2, 3, 4, 6, 8, 12, 24, 48, 168 };
	size_t i = 0;

	while (i + 1 < sizeof spans / sizeof spans[0] && steps > spans[i] * ROWS_MOST)
		i++;
	return spans[i];
}

static struct simulation_step sum_of(const struct simulation *simulation, size_t first, size_t span)
{
	struct simulation_step sum = { 0 };

	for (size_t i = first; i < first + span && i < simulation->step_count; i++) {
		const struct simulation_step *step = &simulation->steps[i];

		sum.requests += step->requests;
		sum.answered += step->answered;
		sum.fell_back += step->fell_back;
		sum.refused += step->refused;
		sum.failed += step->failed;
		sum.blocked_upward += step->blocked_upward;
		sum.cost_nano += step->cost_nano;
	}
	return sum;
}

static int64_t dearest_row(const struct simulation *simulation, size_t span)
{
	int64_t most = 0;

	for (size_t first = 0; simulation && first < simulation->step_count; first += span) {
		int64_t cost = sum_of(simulation, first, span).cost_nano;

		most = cost > most ? cost : most;
	}
	return most;
}

static bool speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strstr(value, "UTF-8") || strstr(value, "utf8");
	}
	return false;
}

static void bar_cell(struct table *table, int64_t nano, int64_t most)
{
	int length = most > 0 ? (int)((nano * BAR_MOST + most - 1) / most) : 0;
	const char *brick = speaks_utf8() ? "\xe2\x96\x88" : "#";
	char bar[BAR_MOST * 3 + 1] = "";

	for (int i = 0, at = 0; i < length; i++)
		at += snprintf(bar + at, sizeof bar - (size_t)at, "%s", brick);
	table_cell(table, "%s", bar);
}

static void simulate_print_add_row(struct table *table, const struct simulation *simulation,
    const struct simulation *against, size_t first, size_t span, int64_t most)
{
	struct simulation_step sum = sum_of(simulation, first, span);
	char text[40], when[32];

	table_cell(table, "%s", moment(simulation->from_ms + (int64_t)first * HOUR_MS, when));
	table_cell(table, "%lld", (long long)sum.requests);
	table_cell(table, "%lld", (long long)sum.answered);
	table_cell(table, "%lld", (long long)sum.fell_back);
	table_cell(table, "%lld", (long long)sum.blocked_upward);
	table_cell(table, "%lld", (long long)sum.refused);
	table_cell(table, "%lld", (long long)sum.failed);
	table_cell(table, "%s", simulate_print_dollars(sum.cost_nano, text));
	bar_cell(table, sum.cost_nano, most);
	if (against) {
		int64_t other = sum_of(against, first, span).cost_nano;

		table_cell(table, "%s", simulate_print_dollars(other, text));
		bar_cell(table, other, most);
	}
}

static void print_rows(const struct simulation *simulation, const struct simulation *against)
{
	size_t span = row_hours(simulation->step_count);
	int64_t most = dearest_row(simulation, span), other = dearest_row(against, span);
	AUTO_TABLE struct table *table = table_new(
	    against && against->as_litellm
		? "FROM (UTC)|>REQUESTS|>ANSWERED|>FELL BACK|>BLOCKED|>REFUSED|>FAILED|>HERE||>AS "
		  "LITELLM WOULD|"
	    : against
		? "FROM (UTC)|>REQUESTS|>ANSWERED|>FELL "
		  "BACK|>BLOCKED|>REFUSED|>FAILED|>SPENT||>AGAINST|"
		: "FROM (UTC)|>REQUESTS|>ANSWERED|>FELL BACK|>BLOCKED|>REFUSED|>FAILED|>SPENT|");

	for (size_t first = 0; first < simulation->step_count; first += span)
		simulate_print_add_row(
		    table, simulation, against, first, span, most > other ? most : other);
	table_print(table, stdout);
}

/* ---- totals ---- */

static void print_groups(const struct simulation *simulation)
{
	char text[40];

	for (size_t i = 0; i < simulation->group_count; i++) {
		printf("  %lld answered by ", (long long)simulation->groups[i].requests);
		table_print_text(simulation->groups[i].name, stdout);
		printf(", %s\n", simulate_print_dollars(simulation->groups[i].cost_nano, text));
	}
}

static void print_refusals(const struct simulation *simulation)
{
	char when[32];

	for (size_t i = 0; i < simulation->refusal_count; i++) {
		const struct simulation_refusal *refusal = &simulation->refusals[i];

		printf("  %lld not answered (%s), first at %s: ", (long long)refusal->count,
		    refusal->kind, moment(refusal->first_ms, when));
		table_print_text(refusal->words, stdout);
		putchar('\n');
	}
}

static void print_alerts(const struct simulation *simulation)
{
	const json_t *list = json_object_get(simulation->alerts, "alerts"), *alert;
	size_t count = json_array_size(list);
	char when[32];

	for (size_t i = count; i > 0; i--) { /* they come newest first */
		alert = json_array_get(list, i - 1);
		printf("  %s  ", moment(json_read_int(alert, "began_ms", 0), when));
		table_print_text(json_read_text(alert, "words"), stdout);
		putchar('\n');
	}
	if (count == 0)
		puts("  none");
}

static void print_blocked(const struct simulation *simulation)
{
	const struct simulation_step *total = &simulation->total;
	char text[40], most[40];

	if (total->blocked_upward)
		printf(
		    "; a dearer fallback was not taken %lld times: about %s not spent, %s at most",
		    (long long)total->blocked_upward,
		    simulate_print_dollars(total->not_spent_nano, text),
		    simulate_print_dollars(total->not_spent_most_nano, most));
}

static void print_one(const struct simulation *simulation)
{
	const struct simulation_step *total = &simulation->total;
	int64_t permille = simulation_fallback_permille(total);
	char text[40];

	printf("\n%s%s: %s spent on %lld requests; %lld answered, %lld.%lld %% fell back",
	    simulation->settings_path, simulation->as_litellm ? ", as LiteLLM would" : "",
	    simulate_print_dollars(total->cost_nano, text), (long long)total->requests,
	    (long long)total->answered, (long long)permille / 10, (long long)permille % 10);
	print_blocked(simulation);
	puts(".");
	print_groups(simulation);
	print_refusals(simulation);
	puts("Alerts:");
	print_alerts(simulation);
}

static void print_avoided(const struct simulation *here, const struct simulation *there)
{
	char spent[40], would[40], avoided[40];

	printf("\nThe bill that was avoided: %s here, %s as LiteLLM would, %s less.\n",
	    simulate_print_dollars(here->total.cost_nano, spent),
	    simulate_print_dollars(there->total.cost_nano, would),
	    simulate_print_dollars(there->total.cost_nano - here->total.cost_nano, avoided));
}

void simulate_print(const struct simulation *simulation, const struct simulation *against)
{
	print_rows(simulation, against);
	print_one(simulation);
	if (against)
		print_one(against);
	if (against && against->as_litellm)
		print_avoided(simulation, against);
}

/* ---- JSON ---- */

static void set_step(json_t *object, const struct simulation_step *step)
{
	json_set_all(object, "requests answered fell_back fallback_permille blocked_upward",
	    step->requests, step->answered, step->fell_back, simulation_fallback_permille(step),
	    step->blocked_upward);
	json_set_all(object, "refused failed spent$ not_spent$ not_spent_most$", step->refused,
	    step->failed, step->cost_nano, step->not_spent_nano, step->not_spent_most_nano);
}

static json_t *hours_json(const struct simulation *simulation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < simulation->step_count; i++) {
		json_t *object = json_object(), *groups = json_object();

		json_set_time(object, "start", simulation->from_ms + (int64_t)i * HOUR_MS);
		set_step(object, &simulation->steps[i]);
		for (size_t group = 0; group < simulation->group_count; group++)
			json_set_int(groups, simulation->groups[group].name,
			    simulation->steps[i].group_cost_nano[group]);
		json_set(object, "spent_nano_by_model", groups);
		json_append(list, object);
	}
	return list;
}

static json_t *groups_json(const struct simulation *simulation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < simulation->group_count; i++) {
		json_t *object = json_object();

		json_set_all(object, "model requests spent$", simulation->groups[i].name,
		    simulation->groups[i].requests, simulation->groups[i].cost_nano);
		json_append(list, object);
	}
	return list;
}

static json_t *refusals_json(const struct simulation *simulation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < simulation->refusal_count; i++) {
		json_t *object = json_object();

		json_set_all(object, "kind requests first@ words", simulation->refusals[i].kind,
		    simulation->refusals[i].count, simulation->refusals[i].first_ms,
		    simulation->refusals[i].words);
		json_append(list, object);
	}
	return list;
}

json_t *simulate_json(const struct simulation *simulation)
{
	json_t *root = json_object();

	json_set_all(root, "settings from@ until@", simulation->settings_path, simulation->from_ms,
	    simulation->until_ms);
	set_step(root, &simulation->total);
	json_set_all(root, "models not_answered hours", groups_json(simulation),
	    refusals_json(simulation), hours_json(simulation));
	json_object_set(root, "alerts", json_object_get(simulation->alerts, "alerts"));
	return root;
}
