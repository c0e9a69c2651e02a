/*
 * `sideways demo`: a settings file to begin with, on stdout or as FOLDER/sideways.yaml; and what
 * the models of the settings in force are there to show, for a gateway that runs with them.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/lessons.h"
#include "relay/gateway.h"
#include "settings/demo_settings.h"
#include "settings/load.h"

#include "base/banned.h"

/* All rows together are under 8 KiB. */
#define SETTINGS_MAX_BYTES 65536

static int write_file(const char *folder, struct slice text, struct error *err)
{
	AUTO_FREE char *path = alloc_printf("%s/sideways.yaml", folder);

	if (demo_settings_write(path, text, err) < 0)
		return -1;
	printf("Wrote %s.\n", path);
	return 0;
}

/* For scripts that start a gateway: $SIDEWAYS_KEY is what they tell people to set. */
static int print_lessons(const struct options *options)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings =
	    settings_load(gateway_settings_path(options->config), &problems, &err);

	problems_release(&problems);
	if (!settings)
		return command_failed(&err);
	lessons_print(settings, options->lessons, "$SIDEWAYS_KEY");
	settings_free(settings);
	return EXIT_DONE;
}

static int demo_run(const struct options *options)
{
	AUTO_TEXT struct text settings = { 0 };
	struct error err = { 0 };

	if (options->lessons)
		return print_lessons(options);
	text_init(&settings, SETTINGS_MAX_BYTES);
	if (!options->providers)
		text_puts(&settings, demo_settings_text);
	else if (demo_settings_providers(&settings, &err) < 0)
		return command_failed(&err);
	if (!options->write)
		fputs(settings.bytes, stdout);
	else if (write_file(options->write, text_slice(&settings), &err) < 0)
		return command_failed(&err);
	return EXIT_DONE;
}

const struct command demo_command = { "demo", "", 0, 0, "providers write lessons",
	"print a settings file that works at once, with made-up models or the providers whose keys "
	"are in the environment",
	demo_run };
