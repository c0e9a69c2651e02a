/*
 * Names of tools.  See the header.
 */
#include "models/name_rule.h"

#include "base/digest.h"
#include "base/number.h"

#include "base/banned.h"

#define HASH 8 /* hex digits at the end of a name that was cut */

static bool read_class(struct slice *text, struct slice *out)
{
	const char *end = text->len ? memchr(text->ptr, ']', text->len) : NULL;

	if (!end || *text->ptr != '[' || end == text->ptr + 1)
		return false;
	*out = (struct slice){ text->ptr + 1, (size_t)(end - text->ptr) - 1 };
	*text = (struct slice){ end + 1, text->len - out->len - 2 };
	return true;
}

/* "{1,64}", of which the second counts, or "*". */
static bool read_length(struct slice text, size_t *out)
{
	const char *comma = text.len ? memchr(text.ptr, ',', text.len) : NULL;
	int64_t most;

	*out = 0;
	if (slice_is(text, "*"))
		return true;
	if (!comma || *text.ptr != '{' || text.ptr[text.len - 1] != '}' ||
	    number_whole((struct slice){ comma + 1, (size_t)(text.ptr + text.len - comma) - 2 }, 1,
		4096, &most, NULL) != 0)
		return false;
	*out = (size_t)most;
	return true;
}

bool name_rule_read(struct slice text, struct name_rule *out)
{
	struct name_rule rule = { .most = 0 };

	if (!read_class(&text, &rule.first))
		return false;
	rule.rest = rule.first;
	if (text.len && *text.ptr == '[') {
		if (!read_class(&text, &rule.rest) || !read_length(text, &rule.most))
			return false;
		rule.most += rule.most ? 1 : 0; /* the first sign */
	} else if (!read_length(text, &rule.most)) {
		return false;
	}
	*out = rule;
	return true;
}

static bool in_class(struct slice class, char sign)
{
	for (size_t i = 0; i < class.len; i++) {
		bool range = i + 2 < class.len && class.ptr[i + 1] == '-';

		if (range ? sign >= class.ptr[i] && sign <= class.ptr[i + 2] : sign == class.ptr[i])
			return true;
		i += range ? 2 : 0;
	}
	return class.len == 0;
}

bool name_rule_fits(const struct name_rule *rule, struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!in_class(i ? rule->rest : rule->first, name.ptr[i]))
			return false;
	return !rule->most || name.len <= rule->most;
}

static char known_sign(const struct name_rule *rule, char sign)
{
	return in_class(rule->rest, sign) ? sign : '_';
}

struct slice name_rule_apply(const struct name_rule *rule, struct slice name, struct arena *arena)
{
	char *out;
	size_t len = 0;

	if (name.len == 0 || name_rule_fits(rule, name))
		return name;
	out = arena_alloc(arena, name.len + 2);
	if (!in_class(rule->first, known_sign(rule, name.ptr[0])))
		out[len++] = in_class(rule->first, '_') ? '_' : 't';
	for (size_t i = 0; i < name.len; i++)
		out[len++] = known_sign(rule, name.ptr[i]);
	out[len] = '\0';
	if (!rule->most || len <= rule->most)
		return (struct slice){ out, len };
	return slice_of(arena_printf(arena, "%.*s_%.*s", (int)(rule->most - HASH - 1), out, HASH,
	    digest_sha256(name.ptr, name.len).text));
}
