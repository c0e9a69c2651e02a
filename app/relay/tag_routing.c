/*
 * Deployments by tag.  See the header.
 */
#include "relay/tag_routing.h"

#include <string.h>

#include "relay/run.h"

#include "base/banned.h"

static bool has_tag(const struct deployment *deployment, const char *tag)
{
	for (size_t i = 0; i < deployment->tags.count; i++)
		if (strcmp(deployment->tags.items[i].name, tag) == 0)
			return true;
	return false;
}

static bool is_constraint(const char *tag)
{
	return *tag == '!' || *tag == '&';
}

/* "!tag" and "&tag"; the mark alone says nothing. */
static bool keeps_constraints(const struct run *run, const struct deployment *deployment)
{
	const struct request_caller *caller = &run->call->caller;

	for (size_t i = 0; i < caller->tag_count; i++) {
		const char *tag = caller->tags[i];

		if (is_constraint(tag) && tag[1] && has_tag(deployment, tag + 1) != (*tag == '&'))
			return false;
	}
	return true;
}

struct tag_counts {
	size_t plain, required; /* of the request: without a mark, with "&" */
	size_t had;             /* of those without a mark, on the deployment */
};

static struct tag_counts count_tags(const struct run *run, const struct deployment *deployment)
{
	const struct request_caller *caller = &run->call->caller;
	struct tag_counts counts = { 0 };

	for (size_t i = 0; i < caller->tag_count; i++) {
		bool plain = !is_constraint(caller->tags[i]);

		counts.plain += plain;
		counts.required += caller->tags[i][0] == '&' && caller->tags[i][1];
		counts.had += plain && has_tag(deployment, caller->tags[i]);
	}
	return counts;
}

static bool matches(const struct run *run, const struct deployment *deployment)
{
	struct tag_counts counts = count_tags(run, deployment);

	return counts.had > 0 && (run->settings->any_tag || counts.had == counts.plain);
}

/* A group's own word in model_info wins. */
bool tag_routing_applies(const struct settings *settings, const struct group *group)
{
	for (size_t i = 0; i < group->member_count; i++)
		if (group->members[i].deployment->filters_by_tag_set)
			return group->members[i].deployment->filters_by_tag;
	return settings->filters_by_tag;
}

/* What the group's deployments have: a tag of the request, also one that "!" or "&" keeps away;
 * what it asks for; the tag `default`, and that on one that is not kept away. */
struct group_tags {
	bool known, match, usual, usual_kept;
};

static void look_at(
    const struct run *run, const struct deployment *deployment, struct group_tags *found)
{
	bool kept = keeps_constraints(run, deployment), usual = has_tag(deployment, "default");

	found->known |= count_tags(run, deployment).had > 0;
	found->match |= kept && matches(run, deployment);
	found->usual |= usual;
	found->usual_kept |= kept && usual;
}

enum tag_rule tag_rule_of(const struct run *run, const struct group *group)
{
	struct group_tags found = { 0 };
	struct tag_counts asked;

	group = catalog_whole_group(run->call->catalog, group);
	if (!tag_routing_applies(run->settings, group))
		return TAGS_OFF;
	for (size_t i = 0; i < group->member_count; i++)
		look_at(run, group->members[i].deployment, &found);
	asked = count_tags(run, group->members[0].deployment);
	if (!asked.plain)
		return found.usual && !asked.required ? TAGS_DEFAULT : TAGS_ANY;
	if (found.match)
		return TAGS_MATCHING;
	return !found.known && found.usual_kept ? TAGS_DEFAULT : TAGS_NONE;
}

bool tag_rule_takes(enum tag_rule rule, const struct run *run, const struct member *member)
{
	const struct deployment *deployment = member->deployment;

	if (rule == TAGS_OFF)
		return true;
	if (rule == TAGS_NONE || !keeps_constraints(run, deployment))
		return false;
	if (rule == TAGS_MATCHING)
		return matches(run, deployment);
	return rule == TAGS_ANY || has_tag(deployment, "default");
}
