/*
 * Which headers of an answer are kept, and how.  See the header.
 */
#include "fetch/head.h"

#include <strings.h>

#include "base/banned.h"

#define VALUE_MAX ((size_t)4000)

const char *fetch_head_get(const struct fetch_head *head, const char *name)
{
	for (size_t i = 0; i < head->header_count; i++)
		if (strcmp(head->headers[i].name, name) == 0)
			return head->headers[i].value;
	return NULL;
}

bool fetch_head_has_type(const struct fetch_head *head, const char *type)
{
	const char *value = fetch_head_get(head, "content-type");
	size_t len = strlen(type);

	return value && strncasecmp(value, type, len) == 0 &&
	       strchr("; \t", value[len]) != NULL; /* or its end */
}

static const struct kept_header {
	struct slice name;
	bool is_prefix;
} kept_headers[] = {
#define KEPT(name, is_prefix)                                                                      \
	{                                                                                          \
		{ name, sizeof name - 1 }, is_prefix                                               \
	}
	KEPT("content-type", false),
	KEPT("content-encoding", false),
	KEPT("retry-after", false),
	KEPT("retry-after-ms", false),
	KEPT("x-should-retry", false),
	KEPT("x-request-id", false),
	KEPT("request-id", false),
	KEPT("openai-processing-ms", false),
	KEPT("apim-request-id", false),
	KEPT("x-generation-id", false),
	KEPT("x-amzn-errortype", false),
	KEPT("x-amzn-requestid", false),
	KEPT("x-ratelimit-", true),
	KEPT("anthropic-ratelimit-", true),
#undef KEPT
};

static bool is_word(struct slice text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static bool is_kept(struct slice name)
{
	for (size_t i = 0; i < sizeof kept_headers / sizeof kept_headers[0]; i++) {
		const struct kept_header *kept = &kept_headers[i];

		if ((name.len == kept->name.len ||
			(kept->is_prefix && name.len > kept->name.len)) &&
		    strncasecmp(name.ptr, kept->name.ptr, kept->name.len) == 0)
			return true;
	}
	return false;
}

static char *lower_copy(struct arena *arena, struct slice name)
{
	char *copy = arena_copy_slice(arena, name);

	for (char *c = copy; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
	return copy;
}

void head_keep(struct fetch_head *head, struct slice name, struct slice value, struct arena *arena,
    bool *encoded)
{
	if (!is_kept(name))
		return;
	if (is_word(name, "content-encoding"))
		*encoded = *encoded || (value.len > 0 && !is_word(value, "identity"));
	if (head->header_count == FETCH_HEADERS_MAX || value.len > VALUE_MAX ||
	    !slice_is_printable(value))
		return;
	head->headers[head->header_count++] =
	    (struct fetch_header){ lower_copy(arena, name), arena_copy_slice(arena, value) };
}
