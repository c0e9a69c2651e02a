/* What was read in one piece and what was read in many: the same.  Lets both go. */
#include <assert.h>
#include <string.h>

#include "base/text.h"

static void check_alike(int whole_result, struct text *whole, int split_result, struct text *split)
{
	assert(whole_result == split_result);
	assert(whole->len == split->len);
	assert(whole->len == 0 || memcmp(whole->bytes, split->bytes, whole->len) == 0);
	text_release(whole);
	text_release(split);
}
