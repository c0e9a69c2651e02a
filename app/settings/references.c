/*
 * Does every name that is used exist?
 *
 * A model may be named by its group, by a deployment's id, by an alias, or by a name that a
 * wildcard group takes; as in LiteLLM a bare name of a known family also meets a wildcard with
 * its provider ("gpt-4o" meets "openai/...*").
 */
#include "settings/references.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "settings/deployment_fields.h"
#include "settings/values.h"

#include "base/banned.h"

struct names {
	const char **sorted;
	size_t count;
	const char **patterns; /* groups with '*' */
	size_t pattern_count;
};

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static struct names names_collect(const struct settings *settings)
{
	size_t most = settings->deployment_count * 2 + settings->aliases.count;
	struct names names = { alloc_zero(most + 1, sizeof(char *)), 0,
		alloc_zero(settings->deployment_count + 1, sizeof(char *)), 0 };
	for (size_t i = 0; i < settings->deployment_count; i++) {
		const struct deployment *d = &settings->deployments[i];
		names.sorted[names.count++] = d->group;
		names.sorted[names.count++] = d->id;
		if (strchr(d->group, '*'))
			names.patterns[names.pattern_count++] = d->group;
	}
	for (size_t i = 0; i < settings->aliases.count; i++)
		names.sorted[names.count++] = settings->aliases.items[i].name;
	qsort(names.sorted, names.count, sizeof *names.sorted, by_name);
	return names;
}

static void names_release(struct names *names)
{
	free(names->sorted);
	free(names->patterns);
}

/* '*' takes any run of characters, also none. */
static bool matches(const char *pattern, const char *name)
{
	const char *star = NULL, *resume = NULL;
	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++resume;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static bool is_known(const struct names *names, const char *name)
{
	if (bsearch(&name, names->sorted, names->count, sizeof *names->sorted, by_name))
		return true;
	char qualified[512];
	const char *family = deployment_family(name);
	(void)snprintf(qualified, sizeof qualified, "%s/%s", family ? family : "", name);
	for (size_t i = 0; i < names->pattern_count; i++) {
		if (matches(names->patterns[i], name) ||
		    (family && matches(names->patterns[i], qualified)))
			return true;
	}
	return false;
}

static void report_unknown(struct reading *r, const struct names *names, struct origin origin,
    const char *label, const char *name)
{
	const char *nearest = settings_nearest(name, names->sorted, names->count);
	if (nearest)
		(void)value_fault(
		    r, label, origin, "no model group '%.80s' (nearest: %s)", name, nearest);
	else
		(void)value_fault(r, label, origin, "no model group '%.80s'", name);
}

/* LiteLLM also finds the chain of "gpt-4o" for a request of "openai/gpt-4o". */
static bool has_group(const struct names *names, const char *group)
{
	if (strcmp(group, "*") == 0 || is_known(names, group))
		return true;
	for (size_t i = 0; i < names->count; i++) {
		const char *slash = strchr(names->sorted[i], '/');
		if (slash && strcmp(slash + 1, group) == 0)
			return true;
	}
	return false;
}

/* What leads nowhere is never taken, as at LiteLLM; the rest of the file serves. */
static void check_chains(struct reading *r, const struct names *names, const char *label,
    const struct fallback_chains *chains)
{
	struct problems_mark mark = problems_mark(r->problems);
	const struct problem *first;

	for (size_t i = 0; i < chains->count; i++) {
		const struct fallback_chain *chain = &chains->items[i];
		if (!has_group(names, chain->group))
			report_unknown(r, names, chain->origin, label, chain->group);
		for (size_t j = 0; j < chain->target_count; j++) {
			const struct settings_pair *target = &chain->targets[j];
			if (strcmp(target->name, chain->group) == 0)
				(void)value_fault(r, label, target->origin,
				    "'%.80s' falls back to itself", target->name);
			else if (!is_known(names, target->name))
				report_unknown(r, names, target->origin, label, target->name);
		}
	}
	first = problems_confine(r->problems, mark);
	if (first && !r->settings->leads_nowhere)
		r->settings->leads_nowhere = arena_printf(r->arena, "%s:%d:%d: %s",
		    first->origin.file, first->origin.line, first->origin.column, first->text);
}

static const struct deployment *group_of(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->deployment_count; i++) {
		if (strcmp(settings->deployments[i].group, name) == 0)
			return &settings->deployments[i];
	}
	return NULL;
}

static void check_aliases(struct reading *r, const struct names *names)
{
	const struct settings *settings = r->settings;
	for (size_t i = 0; i < settings->aliases.count; i++) {
		const struct settings_pair *alias = &settings->aliases.items[i];
		const struct deployment *hidden = group_of(settings, alias->name);
		if (strcmp(alias->name, alias->value) == 0)
			problems_add(r->problems, PROBLEM_ERROR, alias->origin,
			    "model_group_alias: '%.80s' names itself", alias->name);
		else if (!is_known(names, alias->value))
			report_unknown(r, names, alias->origin, "model_group_alias", alias->value);
		else if (hidden)
			problems_add(r->problems, PROBLEM_WARNING, alias->origin,
			    "model_group_alias: '%.80s' is also a model group (line %d), which the "
			    "alias hides",
			    alias->name, hidden->origin.line);
	}
	for (size_t i = 0; i < settings->aliases.count; i++) {
		for (size_t j = 0; j < settings->aliases.count; j++) {
			const struct settings_pair *alias = &settings->aliases.items[i];
			if (i != j && strcmp(alias->value, settings->aliases.items[j].name) == 0)
				problems_add(r->problems, PROBLEM_ERROR, alias->origin,
				    "model_group_alias: '%.80s' leads to another alias, '%.80s'; "
				    "name its model group",
				    alias->name, alias->value);
		}
	}
}

/* A tier that is not known counts as the lowest: what stands in for the entry is never dearer. */
static void check_tiers(struct reading *r)
{
	const struct settings *settings = r->settings;
	const char *names[64];
	size_t count = 0;
	for (; count < settings->tier_count && count < 64; count++)
		names[count] = settings->tiers[count].name;
	for (size_t i = 0; i < settings->deployment_count; i++) {
		struct deployment *d = &settings->deployments[i];
		struct problems_mark mark = problems_mark(r->problems);
		bool found = !d->tier;
		for (size_t j = 0; j < count; j++)
			found = found || strcmp(d->tier, names[j]) == 0;
		if (found)
			continue;
		const char *nearest = settings_nearest(d->tier, names, count);
		problems_add(r->problems, PROBLEM_ERROR, d->origin,
		    "model_info.tier: no tier '%.40s' (%s: %s)", d->tier,
		    nearest ? "nearest" : "the cheapest is", nearest ? nearest : names[0]);
		(void)problems_confine(r->problems, mark); /* it says only what was just added */
		d->price_unsure = true;
		if (!d->fault)
			d->fault =
			    arena_printf(r->arena, "%s:%d:%d: model_info.tier: no tier '%.40s'",
				d->origin.file, d->origin.line, d->origin.column, d->tier);
	}
}

static void check_provider_budgets(struct reading *r)
{
	const struct settings *settings = r->settings;
	const char **names = alloc_zero(settings->deployment_count + 1, sizeof *names);
	for (size_t i = 0; i < settings->deployment_count; i++)
		names[i] = settings->deployments[i].provider;
	for (size_t i = 0; i < settings->provider_budgets.count; i++) {
		const struct named_budget *budget = &settings->provider_budgets.items[i];
		bool used = false;
		for (size_t j = 0; j < settings->deployment_count && !used; j++)
			used = strcmp(names[j], budget->name) == 0;
		if (used)
			continue;
		const char *nearest =
		    settings_nearest(budget->name, names, settings->deployment_count);
		problems_add(r->problems, PROBLEM_WARNING, budget->origin,
		    "provider_budget_config: no model uses the provider '%.40s'%s%s%s",
		    budget->name, nearest ? " (nearest: " : "", nearest ? nearest : "",
		    nearest ? ")" : "");
	}
	free(names);
}

void references_check(struct reading *r)
{
	struct names names = names_collect(r->settings);
	check_chains(r, &names, "fallbacks", &r->settings->fallbacks);
	check_chains(r, &names, "context_window_fallbacks", &r->settings->context_window_fallbacks);
	check_chains(r, &names, "content_policy_fallbacks", &r->settings->content_policy_fallbacks);
	check_aliases(r, &names);
	check_tiers(r);
	check_provider_budgets(r);
	names_release(&names);
	if (r->settings->user_budget_id && r->settings->max_user_budget_nano != SETTING_UNSET)
		problems_add(r->problems, PROBLEM_WARNING,
		    (struct origin){ r->settings->file, 1, 1 },
		    "max_end_user_budget has no effect beside max_end_user_budget_id");
	if (r->settings->budget_duration && r->settings->max_budget_nano == SETTING_UNSET)
		problems_add(r->problems, PROBLEM_WARNING,
		    (struct origin){ r->settings->file, 1, 1 },
		    "budget_duration of the gateway has no effect without max_budget");
}
