/*
 * JSON to stdout.
 */
#include "cli/json_print.h"

#include <stdio.h>

#include "base/banned.h"

void json_print(json_t *root)
{
	/* A full disk or a closed pipe shows in ferror(stdout), which the command line looks at. */
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}
