/* See the header. */
#include "chat/given_twice.h"

#include "base/json_twice.h"

#include "base/banned.h"

int given_twice_check(
    struct slice body, const struct json_tally *tally, struct arena *arena, struct error *err)
{
	struct slice name = { NULL, 0 };

	if (tally->maybe_twice)
		name = json_twice(body, arena);
	if (!name.ptr)
		return 0;
	return error_set(err, ERROR_BAD_REQUEST, "%.*s: given twice in one object",
	    (int)(name.len < 60 ? name.len : 60), name.ptr);
}
