/*
 * `sideways import litellm FILE...` or `URL`: the keys, teams, budgets and users of a LiteLLM
 * become ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_build.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/table_print.h"
#include "cli/workplace.h"
#include "import/dump.h"
#include "import/import.h"
#include "import/litellm_api.h"

#include "base/banned.h"

static const char *const things[IMPORT_TABLE_COUNT][2] = {
	[IMPORT_KEYS] = { "key", "keys" },
	[IMPORT_TEAMS] = { "team", "teams" },
	[IMPORT_BUDGETS] = { "budget", "budgets" },
	[IMPORT_USERS] = { "user", "users" },
};

static bool is_address(const char *word)
{
	return strncmp(word, "http://", 7) == 0 || strncmp(word, "https://", 8) == 0;
}

/* The master key stands in the environment, never in an argument, which everybody can read. */
static int read_api(const char *url, struct import_rows *rows, struct error *err)
{
	const char *key = getenv("LITELLM_MASTER_KEY");

	if (!key || !*key)
		return error_set(err, ERROR_USAGE,
		    "LITELLM_MASTER_KEY in the environment must be the master key of %.200s", url);
	return litellm_api_read(url, key, rows, err);
}

static int read_sources(const struct options *options, struct import_rows *rows, struct error *err)
{
	for (size_t i = 0; i < options->argument_count; i++) {
		const char *source = options->arguments[i];

		if ((is_address(source) ? read_api : dump_read)(source, rows, err) != 0)
			return -1;
	}
	if (!rows->tables[IMPORT_KEYS].found && !rows->tables[IMPORT_TEAMS].found &&
	    !rows->tables[IMPORT_BUDGETS].found && !rows->tables[IMPORT_USERS].found)
		return error_set(err, ERROR_BAD_REQUEST,
		    "no table of LiteLLM is there: LiteLLM_VerificationToken, LiteLLM_TeamTable, "
		    "LiteLLM_BudgetTable, LiteLLM_UserTable");
	return 0;
}

/* ---- what is said ---- */

static void print_counts(const struct import *import)
{
	static const enum import_table order[] = { IMPORT_KEYS, IMPORT_TEAMS, IMPORT_BUDGETS,
		IMPORT_USERS };
	const char *deed = import->dry_run ? "would be " : "";

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		const struct import_count *count = &import->report.counts[order[i]];

		printf("%-8s %s%zu made, %zu there already, %zu left out\n", things[order[i]][1],
		    deed, count->made, count->there, count->left);
	}
	printf(
	    "Spent of windows that run: %s.\n", number_dollars(import->report.carried_nano).text);
}

static void print_notes(const struct import *import)
{
	for (size_t i = 0; i < import->report.note_count; i++) {
		const struct import_note *note = &import->report.notes[i];

		printf("%s ", things[note->table][0]);
		table_print_text(note->name, stdout);
		printf(": ");
		table_print_text(note->words, stdout);
		putchar('\n');
	}
	for (size_t i = 0; i < import->rows->other_count; i++) {
		table_print_text(import->rows->others[i].table, stdout);
		printf(": %zu rows are not taken over\n", import->rows->others[i].count);
	}
}

static void print_import_json(const struct import *import)
{
	json_t *root = json_object(), *notes = json_array();

	for (size_t i = 0; i < IMPORT_TABLE_COUNT; i++) {
		const struct import_count *count = &import->report.counts[i];
		json_t *one = json_object();

		json_set_all(one, "made there_already left_out", (int64_t)count->made,
		    (int64_t)count->there, (int64_t)count->left);
		json_set(root, things[i][1], one);
	}
	for (size_t i = 0; i < import->report.note_count; i++) {
		json_t *one = json_object();

		json_set_all(one, "what name note", things[import->report.notes[i].table][0],
		    import->report.notes[i].name, import->report.notes[i].words);
		json_append(notes, one);
	}
	json_set_all(
	    root, "notes dry_run? spent$", notes, import->dry_run, import->report.carried_nano);
	json_print(root);
}

static int import_litellm_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct import_rows rows = { 0 };
	struct import import = { .rows = &rows, .dry_run = options->dry_run };
	struct error err = { 0 };

	if (workplace_open(&place, options,
		options->dry_run ? DATABASE_TRIED : DATABASE_MAY_BE_MADE, &err) < 0)
		return command_failed(&err);
	rows.arena = &place.arena;
	import.store = place.store;
	import.by = &place.by;
	import.timezone = place.timezone;
	import.now_ms = place.now_ms;
	if (read_sources(options, &rows, &err) < 0 || import_run(&import, &err) < 0)
		return command_failed(&err);
	if (options->json) {
		print_import_json(&import);
	} else {
		print_notes(&import);
		print_counts(&import);
	}
	return EXIT_DONE;
}

const struct command import_litellm_command = { "import litellm", "FILE|URL ...", 1, 8,
	"dry-run json",
	"take over LiteLLM's keys, teams, budgets and users: from a pg_dump, CSV files, or its URL "
	"(LITELLM_MASTER_KEY)",
	import_litellm_run };
