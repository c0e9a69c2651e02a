/*
 * See the header.
 */
#include "providers/passing_call.h"

#include <string.h>
#include <strings.h>

#include "chat/media.h"
#include "providers/call_parts.h"

#include "base/banned.h"

/* What the settings say themselves is theirs. */
static int add_unless_set(const struct provider_call *call, const char *name, const char *value,
    struct fetch_call *out, struct error *err)
{
	const struct settings_pairs *own = &call->deployment->extra_headers;

	for (size_t i = 0; i < own->count; i++)
		if (strcasecmp(own->items[i].name, name) == 0)
			return 0;
	return value && *value ? call_add_header(out, name, value, err) : 0;
}

/* The path was decoded: it is written anew. */
static const char *written(const char *below, struct arena *arena)
{
	const char *out = "";

	while (*below == '/') {
		size_t len = strcspn(++below, "/");
		const char *part = arena_copy_slice(arena, (struct slice){ below, len });

		out = arena_printf(arena, "%s/%s", out, call_path_part(part, arena));
		below += len;
	}
	return out;
}

static int passing_headers(
    const struct provider_call *call, struct fetch_call *out, struct error *err)
{
	const struct media_request *media = call->request->media;
	const struct settings_pairs *own = &call->deployment->extra_headers;
	const struct fetch_header wished[] = {
		{ "Content-Type", media->raw.len ? media->content_type : NULL },
		{ "Accept", media->accept ? media->accept : "*/*" },
		{ "User-Agent", "sideways/" PACKAGE_VERSION },
	};

	for (size_t i = 0; i < sizeof wished / sizeof wished[0]; i++)
		if (add_unless_set(call, wished[i].name, wished[i].value, out, err) != 0)
			return -1;
	for (size_t i = 0; i < own->count; i++)
		if (call_add_header(out, own->items[i].name, own->items[i].value, err) != 0)
			return -1;
	return 0;
}

int passing_build(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err)
{
	const struct media_request *media = call->request->media;
	const char *base = call->deployment->api_base, *url;

	if (*media->below == '/' && call_base(call, arena, &base, err) != 0)
		return -1; /* a slash at the target's end would be doubled */
	url = arena_printf(arena, "%s%s%s%s", base, written(media->below, arena),
	    *media->query ? "?" : "", media->query);
	if (call_set_destination(call, url, arena, out, err) != 0)
		return -1;
	out->method = media->method;
	out->body = arena_alloc(arena, sizeof *out->body);
	*out->body = media->raw;
	out->body_count = media->raw.len ? 1 : 0;
	return passing_headers(call, out, err);
}

int passing_read_reply(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	*out = (struct provider_reply){ .usage = { .known = true, .reported_cost_nano = -1 } };
	return 0;
}
