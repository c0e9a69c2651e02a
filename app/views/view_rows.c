/*
 * Reading rows.  See the header.
 */
#include "views/view_rows.h"

#include <stdio.h>
#include <string.h>

#include "base/json_build.h"

#include "base/banned.h"

static void set_member(json_t *object, const char *name, const struct statement *s, int column)
{
	size_t len = strlen(name);
	char money[64];

	if (statement_is_text(s, column)) {
		json_set_text(object, name, statement_text(s, column));
	} else if (statement_is_null(s, column)) {
		json_set_null(object, name);
	} else if (len > 5 && strcmp(name + len - 5, "_nano") == 0) {
		(void)snprintf(money, sizeof money, "%.*s", (int)(len - 5), name);
		json_set_money(object, money, statement_int(s, column));
	} else {
		json_set_int(object, name, statement_int(s, column));
	}
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

json_t *view_rows(struct store *store, struct store_reader *reader, struct statement *s,
    view_row *row, struct error *err)
{
	json_t *list = json_array();
	int result = -1;

	while ((result = statement_step(s, err)) == 1)
		json_append(list, row(s));
	store_reader_return(store, reader);
	return json_if(result == 0, list);
}
