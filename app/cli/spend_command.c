/*
 * `sideways spend`: sums of the request log, dearest first.  Without --since it is the last thirty
 * days.
 */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/table_print.h"
#include "cli/when.h"
#include "cli/workplace.h"
#include "settings/load.h"
#include "telemetry/request_log.h"
#include "views/view_machines.h"

#include "base/banned.h"

static const char *const kinds[] = { "key", "model", "provider", "deployment", "team", "day",
	"user", "tag" };
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

struct spending {
	struct table *table;
	json_t *list; /* NULL: fill the table */
	int64_t attempts, cost_nano;
};

static int check_kind(const char *by, struct error *err)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i], by) == 0)
			return 0;
	const char *nearest = settings_nearest(by, kinds, KIND_COUNT);
	return error_set(err, ERROR_USAGE,
	    "--by '%.40s': expected key, model, provider, deployment, team, day, user or tag%s%s%s",
	    by, nearest ? " (nearest: " : "", nearest ? nearest : "", nearest ? ")" : "");
}

static void add_json(struct spending *spending, const struct spend_row *row)
{
	json_t *object = json_object();

	json_set_all(object, "name requests attempts failures input_tokens output_tokens cost$",
	    row->name, row->requests, row->attempts, row->failures, row->input_tokens,
	    row->output_tokens, row->cost_nano);
	json_append(spending->list, object);
}

static int spend_command_add_row(void *ctx, const struct spend_row *row)
{
	struct spending *spending = ctx;

	spending->attempts += row->attempts;
	spending->cost_nano += row->cost_nano;
	if (spending->list) {
		add_json(spending, row);
		return 0;
	}
	table_cell(spending->table, "%s", row->name && *row->name ? row->name : "-");
	table_cell(spending->table, "%s", number_dollars(row->cost_nano).text);
	table_cell(spending->table, "%lld", (long long)row->requests);
	table_cell(spending->table, "%lld", (long long)row->attempts);
	table_cell(spending->table, "%lld", (long long)row->failures);
	table_cell(spending->table, "%lld", (long long)row->input_tokens);
	table_cell(spending->table, "%lld", (long long)row->output_tokens);
	return 0;
}

static int read_span(const struct options *options, int64_t now_ms, int64_t *out_from,
    int64_t *out_to, struct error *err)
{
	*out_to = now_ms;
	if (when_past(options->since ? options->since : "30d", now_ms, out_from, err) < 0)
		return error_prefix(err, "--since");
	if (options->until && when_past(options->until, now_ms, out_to, err) < 0)
		return error_prefix(err, "--until");
	if (*out_from >= *out_to)
		return error_set(err, ERROR_USAGE, "--since %s is not before --until %s",
		    when_show(*out_from).text, when_show(*out_to).text);
	return 0;
}

static void print_totals(const struct spending *spending, const char *by, int64_t from_ms,
    int64_t to_ms, const char *whose)
{
	table_print(spending->table, stdout);
	printf("%s in %lld attempts sent, from %s to %s%s%s%s.\n",
	    number_dollars(spending->cost_nano).text, (long long)spending->attempts,
	    when_show(from_ms).text, when_show(to_ms).text,
	    strcmp(by, "day") == 0   ? ", days in UTC"
	    : strcmp(by, "tag") == 0 ? "; a request counts for each of its tags"
				     : "",
	    whose ? "; requests " : "", whose ? whose : "");
}

static const char *const columns[] = { "name", "cost_usd", "requests", "attempts", "failures",
	"input_tokens", "output_tokens" };

static int spend_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	AUTO_TABLE struct table *table =
	    table_new("NAME|>SPENT|>REQUESTS|>ATTEMPTS SENT|>FAILED|>INPUT TOKENS|>OUTPUT TOKENS");
	const char *by = options->by ? options->by : "key";
	struct spending spending = { .table = table };
	struct error err = { 0 };
	int64_t from_ms, to_ms;

	if (check_kind(by, &err) < 0 ||
	    workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0 ||
	    read_span(options, place.now_ms, &from_ms, &to_ms, &err) < 0)
		return command_failed(&err);
	if (options->json || options->csv)
		spending.list = json_array();
	if (request_log_spend(place.store, by, from_ms, to_ms, &place.arena, spend_command_add_row,
		&spending, &err) < 0) {
		json_decref(spending.list);
		return command_failed(&err);
	}
	if (options->csv)
		csv_print(columns, sizeof columns / sizeof columns[0], spending.list);
	else if (options->json)
		json_print(spending.list);
	else
		print_totals(&spending, by, from_ms, to_ms,
		    view_machines_words(place.store, place.now_ms, &place.arena));
	return EXIT_DONE;
}

const struct command spend_command = { "spend", "", 0, 0, "by since until json csv",
	"what was spent, dearest first", spend_run };
