/*
 * Problems of settings in order.  See the header.
 */
#include "views/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_build.h"

#include "base/banned.h"

static int compare(const void *left, const void *right)
{
	const struct problem *a = left, *b = right;
	int order =
	    strcmp(a->origin.file ? a->origin.file : "", b->origin.file ? b->origin.file : "");

	if (order)
		return order;
	if (a->origin.line != b->origin.line)
		return a->origin.line < b->origin.line ? -1 : 1;
	if (a->origin.column != b->origin.column)
		return a->origin.column < b->origin.column ? -1 : 1;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	return strcmp(a->text, b->text);
}

void findings_sort(struct problems *problems)
{
	if (problems->count)
		qsort(problems->items, problems->count, sizeof *problems->items, compare);
}

bool findings_repeats(const struct problems *problems, size_t index)
{
	return index > 0 && compare(&problems->items[index - 1], &problems->items[index]) == 0;
}

json_t *findings_json(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];
		json_t *object;

		if (findings_repeats(problems, i))
			continue;
		object = json_object();
		json_set_text(object, "severity", problem_severity_name(problem->severity));
		json_set_text(object, "file", problem->origin.file);
		json_set_int(object, "line", problem->origin.line);
		json_set_int(object, "column", problem->origin.column);
		json_set_text(object, "text", problem->text);
		json_append(list, object);
	}
	return list;
}
