/*
 * Normalising and hashing a request.  See the header.
 */
#include "cache/cache_key.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/digest.h"

#include "base/banned.h"
#include "base/json_read.h"

/* They tell who asks or where the record is kept, and change no answer; for the model its group
 * stands. */
static bool is_label(const char *name)
{
	return text_is_one_of(
	    name, "user metadata safety_identifier prompt_cache_key prompt_cache_retention model");
}

static void drop_labels(json_t *body)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(body, next, name, value)
	{
		struct json_cursor member = { .key = slice_of(name) };

		if (is_label(name) || chat_request_owns(&member))
			json_object_del(body, name);
	}
}

/* Sorted and compact, from malloc; NULL when it cannot be. */
static char *normal_body(struct slice body)
{
	AUTO_JSON json_t *tree =
	    json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	char *text = NULL;

	if (json_is_object(tree)) {
		drop_labels(tree);
		text = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	}
	return text;
}

static const char *or_none(const char *text)
{
	return text ? text : "";
}

const char *cache_key(
    const struct chat_request *request, const struct cache_owner *owner, struct arena *arena)
{
	char *body = normal_body(request->body);
	struct digest_hex of_body, of_all;
	const char *all;

	if (!body)
		return NULL;
	of_body = digest_sha256(body, strlen(body));
	free(body);
	/* Lengths keep two texts from being read as one. */
	all = arena_printf(arena, "v1 %zu:%s %zu:%s %zu:%s %d %d %s %zu:%s %zu:%s %zu:%s %s",
	    strlen(owner->key_id), owner->key_id, strlen(owner->name_space), owner->name_space,
	    strlen(owner->client_space), owner->client_space, (int)request->format, request->stream,
	    owner->form, strlen(owner->group), owner->group,
	    strlen(or_none(request->vendor_version)), or_none(request->vendor_version),
	    strlen(or_none(request->vendor_beta)), or_none(request->vendor_beta), of_body.text);
	of_all = digest_sha256(all, strlen(all));
	return arena_copy(arena, of_all.text);
}
