/*
 * Reading the file of secrets.  See the header.
 */
#include "settings/secrets.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"

#include "base/banned.h"

#define LINE_BYTES 4096 /* longer than any key or token that providers give out */

char *secrets_path(const char *settings_path)
{
	const char *named = getenv("SIDEWAYS_SECRETS");
	const char *slash = strrchr(settings_path, '/');

	if (named && *named)
		return alloc_copy(named);
	return alloc_printf(
	    "%.*ssecrets.env", slash ? (int)(slash - settings_path + 1) : 0, settings_path);
}

static bool is_name(const char *name)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

static char *without_quotes(char *value)
{
	size_t len = strlen(value);

	if (len < 2 || (*value != '"' && *value != '\'') || value[len - 1] != *value)
		return value;
	value[len - 1] = '\0';
	return value + 1;
}

/* "NAME=value", "export NAME=value", quotes around the value; empty lines and # are passed over. */
static int take_line(char *line, const char *path, int number, struct error *err)
{
	char *value, *end = line + strlen(line);

	while (end > line && isspace((unsigned char)end[-1]))
		*--end = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return 0;
	if (strncmp(line, "export ", 7) == 0)
		line += 7;
	value = strchr(line, '=');
	if (!value)
		return error_set(
		    err, ERROR_SETTINGS, "%.300s:%d: expected NAME=value", path, number);
	*value++ = '\0';
	if (!is_name(line))
		return error_set(err, ERROR_SETTINGS,
		    "%.300s:%d: what stands before '=' is not the name of a variable", path,
		    number);
	if (setenv(line, without_quotes(value), 0) != 0)
		return error_set(err, ERROR_INTERNAL, "a variable could not be set");
	return 0;
}

static int secrets_read_file(FILE *file, const char *path, struct error *err)
{
	char line[LINE_BYTES];
	struct stat info;
	int result = 0;

	if (fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode))
		return error_set(err, ERROR_SETTINGS, "%.300s is not a file", path);
	if (info.st_mode & SECRETS_MODE_FORBIDDEN)
		return error_set(err, ERROR_SETTINGS,
		    "%.300s has mode %03o, so that others can read or change it, and is not used; "
		    "chmod 600 it",
		    path, (unsigned)(info.st_mode & 0777));
	for (int number = 1; result == 0 && fgets(line, sizeof line, file); number++)
		result = strlen(line) == sizeof line - 1
			     ? error_set(err, ERROR_SETTINGS, "%.300s:%d: is longer than %d bytes",
				   path, number, LINE_BYTES - 2)
			     : take_line(line, path, number, err);
	explicit_bzero(line, sizeof line);
	return result;
}

int secrets_load(const char *settings_path, struct error *err)
{
	const char *named = getenv("SIDEWAYS_SECRETS");
	char *path = secrets_path(settings_path);
	FILE *file = fopen(path, "re");
	int result = 0;

	if (file) {
		result = secrets_read_file(file, path, err);
		(void)fclose(file); /* it was only read */
	} else if (errno != ENOENT || (named && *named)) {
		result = error_set(err, ERROR_SETTINGS, "%.300s: %s", path, strerror(errno));
	}
	free(path);
	return result;
}
