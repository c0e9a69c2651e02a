/*
 * One row a lesson.
 */
#include "cli/lessons.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct {
	const char *group;
	int times;        /* curl asks for each URL that it is given */
	const char *more; /* members of the body */
	const char *what;
} lessons[] = {
	{ "demo-weekend", 1, "",
	    "its provider is out and its only fallback is dearer: see x-sideways-blocked-upward" },
	{ "demo-budget", 2, "\"max_tokens\":48,",
	    "the first answer ends its budget of the day: the second is refused, and says why" },
	{ "demo-flaky", 1, "", "its provider fails every other time: see x-sideways-attempts" },
};

#define LESSON_COUNT (sizeof lessons / sizeof lessons[0])

static bool has_group(const struct settings *settings, const char *group)
{
	for (size_t i = 0; i < settings->deployment_count; i++)
		if (strcmp(settings->deployments[i].group, group) == 0)
			return true;
	return false;
}

void lessons_print(const struct settings *settings, const char *base, const char *key)
{
	for (size_t i = 0; i < LESSON_COUNT; i++)
		if (!has_group(settings, lessons[i].group))
			return;
	for (size_t i = 0; i < LESSON_COUNT; i++) {
		printf("\n  %s: %s\n  curl -i", lessons[i].group, lessons[i].what);
		for (int n = 0; n < lessons[i].times; n++)
			printf(" %s/v1/chat/completions", base);
		printf(" -H \"Authorization: Bearer %s\" -H 'Content-Type: application/json' -d "
		       "'{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":"
		       "\"Hello\"}]}'\n",
		    key, lessons[i].group, lessons[i].more);
	}
}
