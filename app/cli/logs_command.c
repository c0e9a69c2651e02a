/*
 * `sideways logs`: the request log as a table, JSON or CSV, and with --follow as it grows.
 *
 * A request's id is made when it begins and its row is written when it ends, so a new row may stand
 * before older ones: following looks at the last minutes each time and shows what it has not shown.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts/keys.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/table_print.h"
#include "cli/when.h"
#include "cli/workplace.h"
#include "views/view_machines.h"
#include "views/view_requests.h"

#include "base/banned.h"

#define LOOK_BACK_MS 900000 /* longer than a request may take by default */
#define LOOK_MS      500
#define SHOWN_MAX    10000 /* ids that are remembered */
#define ID_MAX       32

static const char *const columns[] = { "started", "id", "key_id", "key_alias", "team_id",
	"asked_model", "answered_group", "answered_model", "deployment_id", "tier", "outcome",
	"status", "streamed", "attempts", "fallbacks", "blocked_upward", "not_spent_usd",
	"not_spent_most_usd", "from_cache", "input_tokens", "cached_tokens", "output_tokens",
	"cost_usd", "latency_ms", "first_token_ms", "error", "machine" };
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

struct tail {
	const struct options *options;
	struct store *store;
	struct request_filter filter;
	char (*shown)[ID_MAX]; /* a ring */
	size_t shown_count;
	bool headed;
};

/* ---- what is asked for ---- */

static int read_filter(
    const struct options *options, struct workplace *place, struct tail *tail, struct error *err)
{
	struct request_filter *filter = &tail->filter;
	struct virtual_key key;
	int64_t limit = 50;

	if (options->limit &&
	    number_whole(slice_of(options->limit), 1, REQUESTS_WALK, &limit, NULL) != 0)
		return error_set(err, ERROR_USAGE,
		    "--limit '%.40s': expected a number from 1 to %d", options->limit,
		    REQUESTS_WALK);
	*filter = (struct request_filter){ .model = options->model,
		.outcome = options->outcome,
		.failed = options->failed,
		.moved = options->fallbacks,
		.limit = (int)limit };
	if (options->since && when_past(options->since, place->now_ms, &filter->from_ms, err) < 0)
		return error_prefix(err, "--since");
	if (options->machine) {
		filter->machine = view_machine_find(place->store, options->machine, &place->arena);
		if (!filter->machine)
			return error_set(err, ERROR_USAGE,
			    "--machine '%.80s': no machine has this name or id; the panel's "
			    "Requests "
			    "page and `logs` without it show them",
			    options->machine);
	}
	if (!options->key)
		return 0;
	if (keys_find(place->store, options->key, &place->arena, &key, err) != 0)
		return -1;
	filter->key_id = arena_copy(&place->arena, key.id);
	return 0;
}

/* ---- rows ---- */

static const char *or_dash(const char *text)
{
	return text && *text ? text : "-";
}

static void add_cells(struct table *table, const json_t *row, bool with_machine)
{
	const char *key = json_read_text(row, "key_alias");
	const char *outcome = json_read_text(row, "outcome");
	bool cached = json_read_true(row, "from_cache");

	table_cell(table, "%.19s", or_dash(json_read_text(row, "started")));
	table_cell(table, "%s", or_dash(key ? key : json_read_text(row, "key_id")));
	table_cell(table, "%s", or_dash(json_read_text(row, "asked_model")));
	table_cell(table, "%s%s", or_dash(json_read_text(row, "deployment_id")),
	    json_read_int(row, "fallbacks", 0) > 0 ? " (fallback)" : "");
	table_cell(table, "%s", cached ? "ok, cached" : or_dash(outcome));
	table_cell(table, "%lld", (long long)json_read_int(row, "status", 0));
	table_cell(table, "%lld", (long long)json_read_int(row, "input_tokens", 0));
	table_cell(table, "%lld", (long long)json_read_int(row, "output_tokens", 0));
	table_cell(table, "%s", number_dollars(json_read_int(row, "cost_nano", 0)).text);
	table_cell(table, "%lld", (long long)json_read_int(row, "latency_ms", 0));
	if (with_machine)
		table_cell(table, "%s", or_dash(json_read_text(row, "machine")));
}

/* whose: of several machines, in words; NULL: there is one. */
static void print_table(const json_t *rows, const char *whose)
{
	AUTO_TABLE struct table *table = table_new(
	    whose ? "TIME (UTC)|KEY|MODEL|ANSWERED BY|OUTCOME|>STATUS|>IN|>OUT|>COST|>MS|MACHINE"
		  : "TIME (UTC)|KEY|MODEL|ANSWERED BY|OUTCOME|>STATUS|>IN|>OUT|>COST|>MS");

	for (size_t i = 0; i < json_array_size(rows); i++)
		add_cells(table, json_array_get(rows, i), whose != NULL);
	table_print(table, stdout);
	if (whose)
		printf("Requests %s.\n", whose);
}

/* ---- following ---- */

static bool was_shown(const struct tail *tail, const char *id)
{
	size_t count = tail->shown_count < SHOWN_MAX ? tail->shown_count : SHOWN_MAX;

	for (size_t i = 0; i < count; i++)
		if (strcmp(tail->shown[i], id) == 0)
			return true;
	return false;
}

static void print_line(struct tail *tail, const json_t *row)
{
	if (tail->options->json) {
		json_print_line(row);
		return;
	}
	if (tail->options->csv) {
		csv_print_row(columns, COLUMN_COUNT, row, !tail->headed);
		tail->headed = true;
		return;
	}
	printf("%.19s  %-16s  %-24s  %-32s  %s%s  %s\n", or_dash(json_read_text(row, "started")),
	    or_dash(json_read_text(row, "key_alias")), or_dash(json_read_text(row, "asked_model")),
	    or_dash(json_read_text(row, "deployment_id")), or_dash(json_read_text(row, "outcome")),
	    json_read_int(row, "fallbacks", 0) > 0 ? " (fallback)" : "",
	    number_dollars(json_read_int(row, "cost_nano", 0)).text);
}

static int show_new(struct tail *tail, struct error *err)
{
	AUTO_JSON json_t *view = view_requests(tail->store, &tail->filter, err);
	const json_t *rows = json_object_get(view, "requests");

	if (!view)
		return -1;
	for (size_t i = json_array_size(rows); i > 0; i--) {
		const json_t *row = json_array_get(rows, i - 1);
		const char *id = json_read_text(row, "id");

		if (!id || was_shown(tail, id))
			continue;
		snprintf(tail->shown[tail->shown_count++ % SHOWN_MAX], ID_MAX, "%s", id);
		print_line(tail, row);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

static int follow(struct tail *tail, struct error *err)
{
	int result;

	(void)signal(SIGPIPE, SIG_DFL); /* `sideways logs --follow | head` ends both */
	tail->shown = alloc_zero(SHOWN_MAX, sizeof *tail->shown);
	while ((result = show_new(tail, err)) == 0) {
		clock_sleep_ms(LOOK_MS);
		tail->filter.from_ms = clock_wall_ms() - LOOK_BACK_MS;
		tail->filter.limit = 1000;
	}
	free(tail->shown);
	return result < 0 ? -1 : 0;
}

/* ---- once ---- */

/* The view has the newest first. */
static json_t *oldest_first(const json_t *newest_first)
{
	json_t *rows = json_array();

	for (size_t i = json_array_size(newest_first); i > 0; i--)
		(void)json_array_append(
		    rows, json_array_get(newest_first, i - 1)); /* cannot fail */
	return rows;
}

static int show_once(struct tail *tail, struct workplace *place, struct error *err)
{
	AUTO_JSON json_t *view = view_requests(tail->store, &tail->filter, err);
	json_t *rows;

	if (!view)
		return -1;
	rows = oldest_first(json_object_get(view, "requests"));
	if (tail->options->csv)
		csv_print(columns, COLUMN_COUNT, rows);
	else if (tail->options->json)
		json_print(json_incref(rows));
	else
		print_table(rows, view_machines_words(tail->store, place->now_ms, &place->arena));
	json_decref(rows);
	return 0;
}

static int logs_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct tail tail = { .options = options };
	struct error err = { 0 };

	if (workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0 ||
	    read_filter(options, &place, &tail, &err) < 0)
		return command_failed(&err);
	tail.store = place.store;
	if ((options->follow ? follow(&tail, &err) : show_once(&tail, &place, &err)) < 0)
		return command_failed(&err);
	return EXIT_DONE;
}

const struct command logs_command = { "logs", "", 0, 0,
	"key model outcome machine failed fallbacks since limit follow json csv",
	"the last requests, or new ones as they come", logs_run };
