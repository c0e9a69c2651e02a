/*
 * Machines as JSON.  See the header.
 */
#include "views/view_machines.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_build.h"
#include "base/json_read.h"

#include "base/banned.h"

#define SILENT_MS INT64_C(150000) /* each says once a minute that it is there */

/* It came from another machine's settings, and is to become a link. */
static char *link_of(const char *address)
{
	size_t len = strlen(address);
	bool is_link = strncmp(address, "https://", 8) == 0 || strncmp(address, "http://", 7) == 0;

	while (len && address[len - 1] == '/')
		len--;
	return is_link ? alloc_copy_bytes(address, len) : NULL;
}

static json_t *other_machine(const struct statement *s, int64_t now_ms)
{
	AUTO_FREE char *address = link_of(statement_text(s, 1));
	json_t *machine = json_object();

	json_set_text(machine, "name", statement_text(s, 0));
	json_set_text(machine, "address", address);
	json_set_bool(machine, "silent", now_ms - statement_int(s, 2) > SILENT_MS);
	json_set_time(machine, "seen", statement_int(s, 2));
	return machine;
}

json_t *view_machines(struct store *store, int64_t now_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_SUM_MACHINE_LIST, err);
	json_t *machines = json_object(), *others = json_array();
	int result;

	while ((result = statement_step(s, err)) == 1) {
		if (!statement_int(s, 3)) {
			json_append(others, other_machine(s, now_ms));
			continue;
		}
		json_set_text(machines, "here", statement_text(s, 0));
		json_set_bool(machines, "stale", now_ms - statement_int(s, 2) > SILENT_MS);
		json_set_bool(machines, "record_shared", statement_int(s, 4) != 0);
		json_set_time(machines, "seen", statement_int(s, 2));
	}
	json_set_int(machines, "count", (int64_t)json_array_size(others) + 1);
	json_set(machines, "others", others);
	if (result == 0 && json_array_size(others) && json_object_get(machines, "here"))
		return machines;
	json_decref(machines);
	return result == 0 ? json_null() : NULL;
}

const char *view_machine_find(struct store *store, const char *which, struct arena *arena)
{
	AUTO_READ struct statement *s = store_read(store, SQL_SUM_MACHINE_FIND, NULL);

	statement_bind(s, ":which", which);
	return s && statement_step(s, NULL) == 1 ? arena_copy(arena, statement_text(s, 0)) : NULL;
}

const char *view_machines_words(struct store *store, int64_t now_ms, struct arena *arena)
{
	AUTO_JSON json_t *machines = view_machines(store, now_ms, NULL);

	if (!json_is_object(machines))
		return NULL;
	if (json_read_true(machines, "record_shared"))
		return arena_printf(arena, "of %lld machines, some seconds late",
		    (long long)json_read_int(machines, "count", 0));
	return arena_printf(arena,
	    "of this machine (%.100s) alone: `record: shared` in the settings brings those of all "
	    "%lld together",
	    json_read_text(machines, "here"), (long long)json_read_int(machines, "count", 0));
}
