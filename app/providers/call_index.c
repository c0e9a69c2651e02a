/*
 * Indexes of calls.  See the header.
 */
#include "providers/call_index.h"

#include "base/json_scan.h"

#include "base/banned.h"

static bool is_other(struct slice known, struct slice said)
{
	return known.len > 0 && said.len > 0 && !slice_equal(known, said);
}

/* Of several at one index the last, which is the one that pieces without a name go on. */
static int find(const struct call_index *calls, bool indexed, int64_t index, struct slice id)
{
	for (int i = calls->count - 1; i >= 0; i--)
		if (indexed ? calls->calls[i].index == index
			    : id.len == 0 || slice_equal(calls->calls[i].id, id))
			return i;
	return -1;
}

int call_index_of(
    struct call_index *calls, struct slice call, bool *out_begins, struct arena *arena)
{
	struct slice id = json_as_slice(json_member(call, "id"), arena),
		     name =
			 json_as_slice(json_member(json_member(call, "function"), "name"), arena);
	int64_t index = -1;
	bool indexed = json_as_int(json_member(call, "index"), &index);
	int at = find(calls, indexed, index, id);

	*out_begins = at < 0 || is_other(calls->calls[at].id, id) ||
		      is_other(calls->calls[at].name, name) ||
		      (!indexed && id.len == 0 && name.len > 0);
	if (!*out_begins)
		return at;
	if (calls->count == CALL_INDEX_MAX)
		return -1;
	calls->calls[calls->count].index = index;
	calls->calls[calls->count].id = slice_of(id.len ? arena_copy_slice(arena, id) : NULL);
	calls->calls[calls->count].name = slice_of(name.len ? arena_copy_slice(arena, name) : NULL);
	return calls->count++;
}
