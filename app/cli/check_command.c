/*
 * `sideways check`: is this a settings file to serve with?  Problems go to stdout, sorted by place,
 * one a line and in the form that editors jump to; then the report (check_report.h). Exit status: 0
 * clean, 1 problems (errors; with --strict warnings too), 2 the file cannot be read as settings at
 * all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/check_print.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "relay/catalog.h"
#include "relay/gateway.h"
#include "settings/load.h"
#include "settings/unset_variables.h"
#include "views/check_report.h"
#include "views/checklist.h"
#include "views/findings.h"

#include "base/banned.h"

struct check {
	const char *path;
	struct problems problems;
	struct catalog *catalog; /* NULL: see err */
	struct error err;
	struct unset_variables unset;
	struct arena arena;
	struct check_report report;
};

static void print_problem(const struct problem *problem, bool colour)
{
	static const char *const colours[] = { "\033[36m", "\033[33m", "\033[31m" };
	const struct origin *at = &problem->origin;

	if (at->file && *at->file)
		printf("%s:", at->file);
	if (at->line > 0)
		printf("%d:%d:", at->line, at->column);
	printf("%s%s%s%s: %s\n", at->file && *at->file ? " " : "",
	    colour ? colours[problem->severity] : "", problem_severity_name(problem->severity),
	    colour ? "\033[0m" : "", problem->text);
}

static void print_problems(const struct problems *problems)
{
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	for (size_t i = 0; i < problems->count; i++)
		if (!problems_repeats(problems, i))
			print_problem(&problems->items[i], colour);
}

static int check_command_status_of(const struct check *check, const struct options *options)
{
	if (check->problems.errors || (options->strict && check->problems.warnings))
		return EXIT_PROBLEMS;
	return check->catalog ? EXIT_DONE : EXIT_UNABLE;
}

static void print_json(const struct check *check, int status)
{
	json_t *root =
	    check->catalog ? check_report_json(check->catalog, &check->report) : json_object();

	json_set_text(root, "file", check->path);
	json_set_int(root, "status", status);
	if (!check->catalog)
		json_set_text(root, "error", check->err.text);
	(void)json_object_set_new(
	    root, "problems", findings_json(&check->problems)); /* cannot fail */
	json_print(root);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void print_text(const struct check *check, int status)
{
	const struct problems *found = &check->problems;

	print_problems(found);
	if (check->catalog)
		check_print_text(check->catalog, &check->report);
	if (status == EXIT_UNABLE) {
		fprintf(stderr, "sideways: %s\n", check->err.text);
		return;
	}
	printf("%s%s: ", found->count || check->catalog ? "\n" : "", check->path);
	if (found->count)
		printf("%zu error%s, %zu warning%s, %zu notice%s.\n", found->errors,
		    plural(found->errors), found->warnings, plural(found->warnings), found->notices,
		    plural(found->notices));
	else
		puts("no problems.");
}

/* The catalog takes the settings, and the file's name with them. */
static struct origin price_file_origin(const struct settings *settings, struct arena *arena)
{
	struct origin at = { 0 };

	if (!settings)
		return at;
	at = settings_origin(settings, offsetof(struct settings, price_file));
	at.file = arena_copy(arena, at.file);
	return at;
}

static int check_run(const struct options *options)
{
	struct check check = { 0 };

	arena_init(&check.arena);
	check.problems.unset = &check.unset;
	check.path = gateway_settings_path(
	    options->argument_count ? options->arguments[0] : options->config);
	struct settings *settings = settings_load(check.path, &check.problems, &check.err);
	struct origin price_file = price_file_origin(settings, &check.arena);
	if (settings)
		check.catalog = catalog_new(settings, &check.problems, &check.err);
	if (settings &&
	    !check.catalog) /* a price file that cannot be read: the settings are what is wrong */
		problems_add(&check.problems, PROBLEM_ERROR, price_file, "%s", check.err.text);
	if (check.catalog)
		checklist_add(check.catalog, clock_wall_ms(), &check.problems);
	problems_sort(&check.problems);
	unset_variables_tell(&check.unset, (struct origin){ .file = check.path }, &check.problems);
	if (check.catalog)
		check_report_make(check.catalog, &check.arena, &check.report);
	int status = check_command_status_of(&check, options);
	if (options->json)
		print_json(&check, status);
	else
		print_text(&check, status);
	catalog_release(check.catalog);
	problems_release(&check.problems);
	unset_variables_release(&check.unset);
	arena_release(&check.arena);
	return status;
}

const struct command check_command = { "check", "[FILE]", 0, 1, "strict json",
	"say what is wrong with a settings file, show its tiers and fallbacks, and what a day can "
	"cost",
	check_run };
