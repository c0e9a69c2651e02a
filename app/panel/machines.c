/*
 * Naming machines.  See the header.
 */
#include "panel/machines.h"

#include "base/json_build.h"
#include "base/json_read.h"
#include "views/view_machines.h"

#include "base/banned.h"

int machines_into(struct page_call *call, json_t *data, const char *path, struct error *err)
{
	json_t *machines = view_machines(call->store, call->now_ms, err);

	if (!machines)
		return -1;
	if (json_is_object(machines)) {
		bool whole = !path || json_read_true(machines, "record_shared");

		json_set_bool(machines, "whole", whole);
		json_set_text(machines, "machines_path", whole ? NULL : path);
	}
	json_set(data, "machines", machines);
	return 0;
}

void machines_not_here(struct page_call *call, struct error *err)
{
	AUTO_JSON json_t *machines = view_machines(call->store, call->now_ms, NULL);
	const char *names = "";
	const json_t *other;
	size_t i;

	if (err->kind != ERROR_NOT_FOUND || !json_is_object(machines))
		return;
	if (json_read_true(machines, "record_shared")) {
		(void)error_set(err, ERROR_NOT_FOUND,
		    "no request '%.40s' is in the record of %lld machines, which is some seconds "
		    "late",
		    arena_copy_slice(call->arena, call->parameter),
		    (long long)json_read_int(machines, "count", 0));
		return;
	}
	json_array_foreach(json_object_get(machines, "others"), i, other)
	{
		const char *address = json_read_text(other, "address");

		names = arena_printf(call->arena, "%s%s%s%s%s", names, i ? ", " : "",
		    json_read_text(other, "name"), address ? " at " : "", address ? address : "");
	}
	(void)error_set(err, ERROR_NOT_FOUND,
	    "this machine (%.100s) has no request '%.40s' in its record; what other machines "
	    "served is in theirs: %.600s",
	    json_read_text(machines, "here"), arena_copy_slice(call->arena, call->parameter),
	    names);
}
