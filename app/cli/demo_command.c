/*
 * `sideways demo`: a settings file to begin with, on stdout or as FOLDER/sideways.yaml.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/commands.h"
#include "cli/demo_settings.h"

#include "base/banned.h"

/* All rows together are under 8 KiB. */
#define SETTINGS_MAX_BYTES 65536

/* O_EXCL: an existing settings file is somebody's work. */
static int write_file(const char *folder, struct slice text, struct error *err)
{
	AUTO_FREE char *path = alloc_printf("%s/sideways.yaml", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 && errno == EEXIST)
		return error_set(
		    err, ERROR_SETTINGS, "%.300s is there already, and is left as it is", path);
	if (fd < 0)
		return error_set(err, ERROR_SETTINGS, "%.300s: %s", path, strerror(errno));
	size_t done = 0;
	while (done < text.len) {
		ssize_t n = write(fd, text.ptr + done, text.len - done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (close(fd) != 0 || done < text.len) {
		(void)unlink(path); /* a half-written file would be read as settings */
		return error_set(err, ERROR_SETTINGS, "%.300s could not be written whole", path);
	}
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
