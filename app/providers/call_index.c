/*
 * Indexes of calls.  See the header.
 */
#include "providers/call_index.h"

#include "base/json_scan.h"

#include "base/banned.h"

/* How far the arguments so far go, as JSON text. */
static void follow(struct call_arguments *arguments, struct slice piece)
{
	for (size_t i = 0; i < piece.len; i++) {
		char sign = piece.ptr[i];

		if (arguments->quoted) {
			arguments->quoted = arguments->escaped || sign != '"';
			arguments->escaped = !arguments->escaped && sign == '\\';
		} else if (sign == '"') {
			arguments->quoted = true;
		} else if (sign == '{' || sign == '[') {
			arguments->begun = true;
			arguments->depth++;
		} else if (sign == '}' || sign == ']') {
			arguments->depth--;
		}
	}
}

static bool is_whole(const struct call_arguments *arguments)
{
	return arguments->begun && arguments->depth <= 0 && !arguments->quoted;
}

static bool opens(struct slice piece)
{
	size_t at = 0;

	while (at < piece.len && strchr(" \t\r\n", piece.ptr[at]))
		at++;
	return at < piece.len && piece.ptr[at] == '{';
}

/* Without ids two calls of one tool at one index differ by nothing but this: the arguments of the
 * first are whole when others begin.  The name must be said again, because there are providers that
 * begin every call with {} and send its arguments after that. */
static bool begins_again(struct call *known, struct slice id, struct slice name, struct slice piece)
{
	if (known->id.len > 0 || id.len > 0 || !is_whole(&known->arguments))
		return false;
	known->named_again = known->named_again || name.len > 0;
	return known->named_again && opens(piece);
}

static bool is_other(struct slice known, struct slice said)
{
	return known.len > 0 && said.len > 0 && !slice_equal(known, said);
}

/* Of several at one index the last, which is the one that pieces without a name go on. */
static int call_index_find(
    const struct call_index *calls, bool indexed, int64_t index, struct slice id)
{
	for (int i = calls->count - 1; i >= 0; i--)
		if (indexed ? calls->calls[i].index == index
			    : id.len == 0 || slice_equal(calls->calls[i].id, id))
			return i;
	return -1;
}

static struct slice arguments_of(struct slice call, struct arena *arena)
{
	struct slice arguments = json_member(json_member(call, "function"), "arguments");

	return json_scan_type(arguments) == JSON_MAP ? arguments : json_as_slice(arguments, arena);
}

static int call_index_add(struct call_index *calls, int64_t index, struct slice id,
    struct slice name, struct arena *arena)
{
	calls->calls[calls->count] = (struct call){
		.index = index,
		.id = slice_of(id.len ? arena_copy_slice(arena, id) : NULL),
		.name = slice_of(name.len ? arena_copy_slice(arena, name) : NULL),
	};
	return calls->count++;
}

int call_index_of(
    struct call_index *calls, struct slice call, bool *out_begins, struct arena *arena)
{
	struct slice id = json_as_slice(json_member(call, "id"), arena),
		     name =
			 json_as_slice(json_member(json_member(call, "function"), "name"), arena);
	struct slice piece = arguments_of(call, arena);
	int64_t index = -1;
	bool indexed = json_as_int(json_member(call, "index"), &index);
	int at = call_index_find(calls, indexed, index, id);

	*out_begins = at < 0 || is_other(calls->calls[at].id, id) ||
		      is_other(calls->calls[at].name, name) ||
		      (!indexed && id.len == 0 && name.len > 0) ||
		      begins_again(&calls->calls[at], id, name, piece);
	if (*out_begins) {
		if (calls->count == CALL_INDEX_MAX)
			return -1;
		if (name.len == 0 && at >= 0)
			name = calls->calls[at].name;
		at = call_index_add(calls, index, id, name, arena);
	}
	follow(&calls->calls[at].arguments, piece);
	return at;
}
