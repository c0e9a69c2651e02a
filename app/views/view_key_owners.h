#ifndef VIEWS_VIEW_KEY_OWNERS_H
#define VIEWS_VIEW_KEY_OWNERS_H

/*
 * Whom keys belong to, with what their keys have spent.
 */
#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "store/store.h"

struct owner_filter {               /* NULL: all */
	const char *ids;            /* several, with commas between them */
	const char *id, *is_email;  /* that very one; an address in any case */
	const char *email, *search; /* a part of the address; of id or address */
	const char *role, *team_id; /* user_role; a team that one of its keys is in */
	const char *sort;           /* "user_id", "user_email", "spend"; NULL: when it was made */
	bool descending;
	int page, size; /* from 1; 1 to 1000 */
};

/* {"owners": [OWNER, ...], "total"}.  OWNER: id, about (object), created, updated, key_count,
 * key_id (one of its keys, or null), spent_nano/_usd (of all its keys, over their whole life),
 * teams (ids). */
json_t *view_key_owners(struct store *store, const struct owner_filter *filter, struct error *err);

#endif
