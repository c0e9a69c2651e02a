#ifndef SETTINGS_SECRETS_H
#define SETTINGS_SECRETS_H

/*
 * Secrets from a file: NAME=value lines, for places where a server's configuration is readable by
 * others, or cannot set variables at all (shared hosting).  They become variables of the process,
 * and so os.environ/NAME and the providers' own variables find them; what the environment has
 * already wins.
 *
 * The file is what SIDEWAYS_SECRETS names, else secrets.env beside the settings file.  A file that
 * others can read, or that the group can change, is refused whole.
 */
#include <sys/stat.h>

#include "base/error.h"

/* Bits of the file's mode of which it may have none. */
#define SECRETS_MODE_FORBIDDEN (S_IRWXO | S_IWGRP | S_IXGRP)

/* Where the file is, or would be; the caller frees it. */
char *secrets_path(const char *settings_path);

/* 0 also when there is no such file and none was named.  Before any thread is made. */
int secrets_load(const char *settings_path, struct error *err);

#endif
