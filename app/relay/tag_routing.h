#ifndef RELAY_TAG_ROUTING_H
#define RELAY_TAG_ROUTING_H

/*
 * Deployments by tag, as LiteLLM 1.108.7 chooses them where enable_tag_filtering is true.
 *
 * A request with tags goes to the group's deployments that have one of them (all of them with
 * tag_filtering_match_any: false); when no deployment of the group knows any, to those with the tag
 * `default`; else to none.  A request without goes to those with the tag `default`, or to all when
 * there is none.  `!tag` keeps away those that have it, `&tag` those that do not.  All deployments
 * of the group are looked at, also one that is cooling down, and also where one is asked for by its
 * id (LiteLLM gives that out whatever the tags are): what is for others never stands in.
 */
#include <stdbool.h>

struct run;
struct settings;
struct group;
struct member;

enum tag_rule { TAGS_OFF, TAGS_ANY, TAGS_MATCHING, TAGS_DEFAULT, TAGS_NONE };

/* Do tags choose among the deployments of this group? */
bool tag_routing_applies(const struct settings *settings, const struct group *group);

enum tag_rule tag_rule_of(const struct run *run, const struct group *group);

/* May this one of the group answer? */
bool tag_rule_takes(enum tag_rule rule, const struct run *run, const struct member *member);

#endif
