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

#include "cli/check_print.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/look.h"
#include "relay/gateway.h"
#include "views/check_report.h"
#include "views/findings.h"

#include "base/banned.h"

struct check {
	const char *path;
	struct look look;
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
	const struct problems *found = &check->look.problems;

	if (found->errors || (options->strict && found->warnings))
		return EXIT_PROBLEMS;
	return check->look.catalog ? EXIT_DONE : EXIT_UNABLE;
}

static void print_json(const struct check *check, int status)
{
	json_t *root = check->look.catalog ? check_report_json(check->look.catalog, &check->report)
					   : json_object();

	json_set_all(root, "file status", check->path, status);
	if (!check->look.catalog)
		json_set_text(root, "error", check->look.err.text);
	json_set(root, "problems", findings_json(&check->look.problems));
	json_print(root);
}

static void print_text(const struct check *check, int status)
{
	const struct problems *found = &check->look.problems;

	print_problems(found);
	if (check->look.catalog)
		check_print_text(check->look.catalog, &check->report);
	if (status == EXIT_UNABLE) {
		fprintf(stderr, "sideways: %s\n", check->look.err.text);
		return;
	}
	printf("%s%s: ", found->count || check->look.catalog ? "\n" : "", check->path);
	if (found->count)
		look_print_counts(&check->look);
	puts(found->count ? "." : "no problems.");
}

static int check_run(const struct options *options)
{
	struct check check = { 0 };

	arena_init(&check.arena);
	check.path = gateway_settings_path(
	    options->argument_count ? options->arguments[0] : options->config);
	look_at(check.path, &check.look);
	if (check.look.catalog)
		check_report_make(check.look.catalog, &check.arena, &check.report);
	int status = check_command_status_of(&check, options);
	if (options->json)
		print_json(&check, status);
	else
		print_text(&check, status);
	look_release(&check.look);
	arena_release(&check.arena);
	return status;
}

const struct command check_command = { "check", "[FILE]", 0, 1, "strict json",
	"say what is wrong with a settings file, show its tiers and fallbacks, and what a day can "
	"cost",
	check_run };
