/*
 * Binding limits.  See the header.
 */
#include "accounts/limits_wish.h"

#include "base/banned.h"

static void bind_limit(struct change *change, const char *parameter, int64_t limit)
{
	if (limit < 0) /* LIMIT_NONE, or KEY_KEEP */
		change_bind_null(change, parameter);
	else
		change_bind_int(change, parameter, limit);
}

void limits_wish_bind(struct change *change, const struct limits *limits, bool is_new)
{
	static const struct limits kept = { KEY_KEEP, KEY_KEEP, KEY_KEEP };

	limits = limits ? limits : &kept;
	bind_limit(change, ":rpm_limit", limits->rpm);
	bind_limit(change, ":tpm_limit", limits->tpm);
	bind_limit(change, ":max_parallel_requests", limits->parallel);
	if (is_new)
		return;
	change_bind(change, ":keep_rpm", limits->rpm == KEY_KEEP, ":keep_tpm",
	    limits->tpm == KEY_KEEP, ":keep_parallel", limits->parallel == KEY_KEEP);
}
