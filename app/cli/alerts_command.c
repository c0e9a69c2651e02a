/*
 * `sideways alerts`: what is wrong now and what was; `sideways alerts test`: one message to each
 * destination, now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/table_print.h"
#include "cli/when.h"
#include "cli/workplace.h"
#include "fetch/fetch.h"
#include "telemetry/alert_sender.h"
#include "views/view_alerts.h"

#include "base/banned.h"

#define ROWS 50

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_read_text(object, name);

	return text ? text : "";
}

static void print_alerts(const json_t *view)
{
	AUTO_TABLE struct table *table = table_new("STATE|RULE|BEGAN|ENDED|>TOLD|WHAT");
	const json_t *list = json_object_get(view, "alerts"), *alert;
	size_t i;

	json_array_foreach(list, i, alert)
	{
		bool open = json_read_true(alert, "open");
		const char *ended = text_of(alert, "ended");

		table_cell(table, "%s", open ? text_of(alert, "severity") : "over");
		table_cell(table, "%s", text_of(alert, "rule"));
		table_cell(table, "%s", text_of(alert, "began"));
		table_cell(table, "%s", *ended ? ended : "-");
		table_cell(table, "%lld", (long long)json_read_int(alert, "told", 0));
		table_cell(table, "%s", text_of(alert, "words"));
	}
	table_print(table, stdout);
	if (json_read_int(view, "open", 0) == 0)
		puts("Nothing is wrong.");
}

static int alerts_list_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	const struct alerts_filter filter = {
		.with_ended = true, .with_muted = true, .limit = ROWS
	};
	struct error err = { 0 };
	json_t *view;
	int open;

	if (workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0)
		return command_failed(&err);
	view = view_alerts(place.store, &filter, place.now_ms, &err);
	if (!view)
		return command_failed(&err);
	open = (int)json_read_int(view, "open", 0);
	if (options->json) {
		json_print(view);
	} else {
		print_alerts(view);
		json_decref(view);
	}
	return open ? EXIT_PROBLEMS : EXIT_DONE;
}

const struct command alerts_list_command = { "alerts list", "", 0, 0, "json",
	"what is wrong now, and the alerts of the last days; exit status 1 while any lasts",
	alerts_list_run };

/* 0 when it was taken. */
static int try_one(struct fetch_pool *pool, const struct alert_destination *destination)
{
	const struct alert_message message = { .phase = "test",
		.rule = "test",
		.subject = "",
		.severity = "warning",
		.words = "this is a test of the alerts of Sideways; nothing is wrong",
		.began_ms = clock_wall_ms() };
	struct error err = { 0 };

	if (alert_send(pool, destination, &message, &err) != 0) {
		printf("%s: %s\n", destination->name, err.text);
		return 1;
	}
	printf("%s: told\n", destination->name);
	return 0;
}

static int alerts_test_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct error err = { 0 };
	struct fetch_pool *pool;
	int failed = 0;

	if (workplace_open(&place, options, DATABASE_UNUSED, &err) < 0)
		return command_failed(&err);
	if (!place.settings || place.settings->alerts.destination_count == 0) {
		(void)error_set(&err, ERROR_USAGE,
		    "no destination is named: sideways_settings.alerts has webhooks and email");
		return command_failed(&err);
	}
	pool = fetch_pool_new();
	for (size_t i = 0; i < place.settings->alerts.destination_count; i++)
		failed += try_one(pool, &place.settings->alerts.destinations[i]);
	fetch_pool_free(pool);
	return failed ? EXIT_PROBLEMS : EXIT_DONE;
}

const struct command alerts_test_command = { "alerts test", "", 0, 0, "",
	"send a test to each destination of the settings, and say what came back",
	alerts_test_run };
