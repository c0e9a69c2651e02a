/*
 * Reading rows.  See the header.
 */
#include "views/view_rows.h"

#include <stdio.h>
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"

#include "base/banned.h"

/* A name without the letters at its end that say how it is shown. */
static const char *view_rows_shown(const char *name, size_t mark, char room[64])
{
	(void)snprintf(room, 64, "%.*s", (int)(strlen(name) - mark), name);
	return room;
}

static void set_member(json_t *object, const char *name, const struct statement *s, int column)
{
	const char last = *name ? name[strlen(name) - 1] : '\0';
	int64_t number = statement_int(s, column);
	char room[64];

	if (last == '@')
		json_set_time(object, view_rows_shown(name, 1, room), number);
	else if (last == '?')
		json_set_bool(object, view_rows_shown(name, 1, room), number != 0);
	else if (last == ']')
		json_set(object, view_rows_shown(name, 2, room),
		    json_read(slice_of(statement_text(s, column)), NULL));
	else if (statement_is_text(s, column))
		json_set_text(object, name, statement_text(s, column));
	else if (statement_is_null(s, column))
		json_set_null(object, name);
	else if (slice_ends(slice_of(name), "_nano"))
		json_set_money(object, view_rows_shown(name, 5, room), number);
	else
		json_set_int(object, name, number);
}

json_t *view_object(const struct statement *s)
{
	json_t *object = json_object();
	const char *name;

	for (int i = 0; (name = statement_name(s, i)); i++)
		if (*name == '+')
			set_member(object, name + 1, s, i);
	return object;
}

json_t *view_rows(struct statement *s, view_row *row, struct error *err)
{
	json_t *list = json_array();
	int result;

	while ((result = statement_step(s, err)) == 1)
		json_append(list, row(s));
	return json_if(result == 0, list);
}
