/*
 * Looking for a parameter.  See the header.
 */
#include "store/sql_parameter.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

const struct sql_parameter *sql_parameter_find(
    const struct sql_parameter *parameters, const char *name)
{
	const struct sql_parameter *p = parameters;

	while (p->name && p->name != name)
		p++;
	if (!p->name) /* not the linker's, or of a build that keeps literals apart */
		for (p = parameters; p->name && strcmp(p->name, name) != 0;)
			p++;
	assert(p->name);
	return p;
}
