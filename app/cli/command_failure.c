/*
 * What a command says when it fails.  See commands.h.
 */
#include <stdio.h>

#include "cli/commands.h"

#include "base/banned.h"

int command_failed(const struct error *err)
{
	fprintf(stderr, "sideways: %s\n", err->text);
	return err->kind == ERROR_USAGE ? EXIT_UNABLE : EXIT_PROBLEMS;
}
