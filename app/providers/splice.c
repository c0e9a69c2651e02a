/*
 * A body in pieces.  See the header.
 */
#include "providers/splice.h"

#include "base/banned.h"

static int add_piece(struct splice *splice, const char *ptr, size_t len, struct error *err)
{
	if (splice->out->body_count == FETCH_BODY_PIECES_MAX)
		return error_set(
		    err, ERROR_BAD_REQUEST, "the body has too many members that are not passed on");
	*(struct slice *)arena_grow(splice->arena, &splice->out->body, &splice->out->body_count,
	    sizeof(struct slice)) = (struct slice){ ptr, len };
	return 0;
}

int splice_begin(
    struct splice *splice, struct arena *arena, struct fetch_call *out, struct error *err)
{
	*splice = (struct splice){ .arena = arena, .out = out };
	return add_piece(splice, "{", 1, err);
}

int splice_drop(struct splice *splice, struct error *err)
{
	const char *run = splice->run;

	splice->run = NULL;
	return run ? add_piece(splice, run, (size_t)(splice->run_end - run), err) : 0;
}

int splice_keep(struct splice *splice, const struct json_cursor *member, struct error *err)
{
	if (!splice->run) {
		if (splice->any && add_piece(splice, ",", 1, err) != 0)
			return -1;
		splice->run = member->whole.ptr;
	}
	splice->run_end = member->whole.ptr + member->whole.len;
	splice->any = true;
	return 0;
}

int splice_put(struct splice *splice, struct slice name, const char *json, struct error *err)
{
	const struct slice pieces[] = { slice_of(splice->any ? ",\"" : "\""), name, slice_of("\":"),
		slice_of(json) };
	struct arena_bytes text = { .ptr = NULL };

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		arena_bytes_add(&text, pieces[i], splice->arena);
	splice->any = true;
	return splice_drop(splice, err) != 0 ? -1 : add_piece(splice, text.ptr, text.len, err);
}

int splice_end(struct splice *splice, struct error *err)
{
	return splice_drop(splice, err) != 0 ? -1 : add_piece(splice, "}", 1, err);
}
