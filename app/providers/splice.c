/*
 * A body in pieces.  See the header.
 */
#include "providers/splice.h"

#include "base/banned.h"

static void add_piece(struct splice *splice, const char *ptr, size_t len)
{
	splice->full = splice->full || splice->out->body_count == FETCH_BODY_PIECES_MAX;
	if (!splice->full)
		*(struct slice *)arena_grow(splice->arena, &splice->out->body,
		    &splice->out->body_count, sizeof(struct slice)) = (struct slice){ ptr, len };
}

void splice_begin(struct splice *splice, struct arena *arena, struct fetch_call *out)
{
	*splice = (struct splice){ .arena = arena, .out = out };
	add_piece(splice, "{", 1);
}

static void splice_end_run(struct splice *splice)
{
	if (splice->run)
		add_piece(splice, splice->run, (size_t)(splice->run_end - splice->run));
	splice->run = NULL;
}

static void splice_keep(struct splice *splice, const struct json_cursor *member)
{
	if (!splice->run) {
		if (splice->any)
			add_piece(splice, ",", 1);
		splice->run = member->whole.ptr;
	}
	splice->run_end = member->whole.ptr + member->whole.len;
	splice->any = true;
}

void splice_put(struct splice *splice, struct slice name, const char *json)
{
	const struct slice pieces[] = { slice_of(splice->any ? ",\"" : "\""), name, slice_of("\":"),
		slice_of(json ? json : "") };
	size_t len = 0;
	char *text, *at;

	if (!json)
		return;
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		len += pieces[i].len;
	text = at = arena_room(splice->arena, len);
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		at = slice_put(at, pieces[i]);
	splice->any = true;
	splice_end_run(splice);
	add_piece(splice, text, len);
}

void splice_member(struct splice *splice, const struct json_cursor *member, const char *json)
{
	if (!json)
		splice_keep(splice, member);
	else if (*json)
		splice_put(splice, member->key, json);
	else
		splice_end_run(splice);
}

int splice_end(struct splice *splice, struct error *err)
{
	splice_end_run(splice);
	add_piece(splice, "}", 1);
	return splice->full ? error_set(err, ERROR_BAD_REQUEST,
				  "the body has too many members that are not passed on")
			    : 0;
}
