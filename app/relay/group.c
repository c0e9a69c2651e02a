/*
 * Groups as one sorted array of their members.  See the header.
 */
#include "relay/group.h"

#include <stdlib.h>
#include <string.h>

#include "accounts/keys.h"
#include "base/alloc.h"
#include "relay/catalog.h"

#include "base/banned.h"

int64_t member_order(const struct member *member)
{
	int64_t order = member->deployment->order;

	return order == SETTING_UNSET ? INT64_MAX : order;
}

bool group_begins_with(const struct group *group, const struct member *member)
{
	for (size_t i = 0; i < group->member_count; i++)
		if (group->members[i].priced &&
		    member_order(&group->members[i]) < member_order(member))
			return false;
	return member->priced;
}

#define NAMES_MOST 64

bool group_is_open_to(const struct group *group, const struct virtual_key *key, const char *asked)
{
	const char *names[NAMES_MOST] = { asked, group->name };
	size_t own = 2, count = own;

	for (size_t i = 0; i < group->member_count; i++) {
		const struct settings_pairs *groups = &group->members[i].deployment->access_groups;

		for (size_t j = 0; j < groups->count && count < NAMES_MOST; j++)
			names[count++] = groups->items[j].name;
	}
	return keys_may_use_any(key, names, own, count);
}

int group_tier(const struct group *group)
{
	int tier = -1;

	for (size_t i = 0; i < group->member_count; i++)
		if (group_begins_with(group, &group->members[i]) && group->members[i].tier > tier)
			tier = group->members[i].tier;
	return tier;
}

/* ---- all of them ---- */

static int compare_group_name(const void *name, const void *index, void *groups)
{
	return strcmp(name, ((const struct group *)groups)[*(const size_t *)index].name);
}

const struct group *groups_find(const struct groups *groups, const char *name)
{
	size_t low = 0, high = groups->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_group_name(name, &groups->by_name[middle], groups->items);

		if (order == 0)
			return &groups->items[groups->by_name[middle]];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int compare_grouped(const void *a, const void *b)
{
	const struct member *one = a, *two = b;
	int order = strcmp(one->deployment->group, two->deployment->group);

	return order ? order : one->deployment < two->deployment ? -1 : 1;
}

static int compare_first(const void *a, const void *b)
{
	const struct group *one = a, *two = b;

	return one->members->deployment < two->members->deployment ? -1 : 1;
}

static int compare_group_names(const void *a, const void *b, void *groups)
{
	return compare_group_name(
	    ((const struct group *)groups)[*(const size_t *)a].name, b, groups);
}

void groups_collect(struct groups *groups, const struct member *members, size_t count)
{
	struct group *group = NULL;

	groups->members = alloc_zero(count + 1, sizeof *groups->members);
	groups->items = alloc_zero(count + 1, sizeof *groups->items);
	groups->by_name = alloc_zero(count + 1, sizeof *groups->by_name);
	if (count)
		memcpy(groups->members, members, count * sizeof *members);
	if (count > 1)
		qsort(groups->members, count, sizeof *groups->members, compare_grouped);
	for (size_t i = 0; i < count; i++) {
		const char *name = groups->members[i].deployment->group;

		if (!group || strcmp(group->name, name) != 0) {
			groups->by_name[groups->count] = groups->count;
			group = &groups->items[groups->count++];
			*group = (struct group){ .name = name, .members = &groups->members[i] };
		}
		group->member_count++;
	}
	qsort(groups->items, groups->count, sizeof *groups->items, compare_first);
	qsort_r(groups->by_name, groups->count, sizeof *groups->by_name, compare_group_names,
	    groups->items);
	for (size_t i = 0; i < groups->count; i++)
		groups->items[i].tier = group_tier(&groups->items[i]);
}

void groups_release(struct groups *groups)
{
	free(groups->items);
	free(groups->members);
	free(groups->by_name);
}
