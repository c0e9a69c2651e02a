/*
 * Two spellings of each name.  See the header.
 */
#include "chat/gemini_names.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/banned.h"

/* "candidateCount" is "candidate_count". */
static struct slice snake_case(const char *name, char *out, size_t size)
{
	size_t len = 0;

	for (; *name; name++) {
		bool upper = isupper((unsigned char)*name);

		assert(len + 2 <= size); /* GEMINI_NAME_MAX, each letter with its underscore */
		if (upper)
			out[len++] = '_';
		out[len++] = (char)tolower((unsigned char)*name);
	}
	return (struct slice){ out, len };
}

bool gemini_key_is(const struct json_cursor *member, const char *name)
{
	char snake[2 * GEMINI_NAME_MAX];

	return json_key_is(member, name) ||
	       json_key_equal(member, snake_case(name, snake, sizeof snake));
}

struct slice gemini_member(struct slice object, const char *name)
{
	struct slice found = { NULL, 0 };

	if (json_scan_type(object) == JSON_MAP)
		for (struct json_cursor member = json_cursor(object); json_next(&member);)
			if (gemini_key_is(&member, name))
				found = member.value;
	return found;
}

int gemini_members(struct slice object, const char *const *names, size_t count, struct slice *out,
    struct error *err)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (struct slice){ NULL, 0 };
	if (json_scan_type(object) != JSON_MAP)
		return 0;
	for (struct json_cursor member = json_cursor(object); json_next(&member);)
		for (size_t i = 0; i < count; i++) {
			if (!gemini_key_is(&member, names[i]))
				continue;
			if (out[i].ptr)
				return error_set(
				    err, ERROR_BAD_REQUEST, "%s: given twice", names[i]);
			out[i] = member.value;
		}
	return 0;
}
