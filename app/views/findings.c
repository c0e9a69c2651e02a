/*
 * Problems of settings as JSON.  See the header.
 */
#include "views/findings.h"

#include "base/json_build.h"

#include "base/banned.h"

json_t *findings_json(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];
		json_t *object;

		if (problems_repeats(problems, i))
			continue;
		object = json_object();
		json_set_all(object, "severity file line column text",
		    problem_severity_name(problem->severity), problem->origin.file,
		    problem->origin.line, problem->origin.column, problem->text);
		json_append(list, object);
	}
	return list;
}
