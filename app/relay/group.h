#ifndef RELAY_GROUP_H
#define RELAY_GROUP_H

/*
 * Model groups: deployments that share a public name.  All of them are made at once of the members
 * of a catalog, and found by their names; a group of a wildcard is made where it is asked for.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct member; /* relay/catalog.h */
struct virtual_key;

struct group { /* a public model name; for a wildcard one that was asked for, made in the request's
		  arena */
	const char *name;
	const struct member *members;
	size_t member_count;
	int tier; /* of the group: the dearest priced member's of the first `order`, since that is
		     what asking for it may cost; -1: none priced */
};

/* Is the member one of those that are asked first: is it priced, and no priced one of a lower
 * `order`? */
bool group_begins_with(const struct group *group, const struct member *member);

int64_t member_order(const struct member *member); /* `order`; without one it is the last */

int group_tier(const struct group *group);

/* May the key ask for it by this name, its own or an alias?  Its access groups
 * (model_info.access_groups) count as names, too. */
bool group_is_open_to(const struct group *group, const struct virtual_key *key, const char *asked);

struct groups { /* in the order in which the settings name them first */
	struct group *items;
	size_t count;
	struct member *members; /* copies, those of a group together */
	size_t *by_name;        /* indexes of items */
};

/* The members stand in the order of the settings' deployments. */
void groups_collect(struct groups *groups, const struct member *members, size_t count);
const struct group *groups_find(const struct groups *groups, const char *name); /* or NULL */
void groups_release(struct groups *groups);

#endif
