/*
 * `sideways demo`: a settings file to begin with, on stdout or as FOLDER/sideways.yaml.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "settings/demo_settings.h"

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

int demo_command(const struct options *options)
{
	AUTO_TEXT struct text settings;
	struct error err = { 0 };

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
