/*
 * Joins settings, providers and prices; finds groups by name.  See the header.
 *
 * Wildcard groups are kept apart, longest pattern first; asking for "openai/gpt-4o" where
 * "openai/" and a star is configured makes a group in the request's arena, with the star's text
 * filled into the provider's model name and the price looked up for that model.
 */
#include "relay/catalog.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "providers/cloud.h"
#include "relay/billed_price.h"
#include "relay/member_check.h"
#include "settings/cloud_sources.h"
#include "settings/deployment_fields.h"

#include "base/banned.h"

struct catalog {
	struct settings *settings;
	struct price_table *prices;
	struct member *members;  /* one per deployment, in the order of the settings */
	struct groups groups;    /* exact names */
	pthread_mutex_t *making; /* guards members that are made when they are asked for; NULL: all
				    are made */
	size_t *patterns; /* indexes of deployments whose group holds a star, longest first */
	size_t pattern_count;
	int64_t outdated_ms; /* from then on tiers may be others; INT64_MAX: never */
	int users;           /* atomic */
};

#define DAY_MS INT64_C(86400000)

/* The credential of a deployment: its own, else the provider's variable; the file's
 * environment_variables have been applied to api_key by the settings already. */
static const char *credential(const struct deployment *deployment, const struct provider *provider)
{
	const char *value = deployment->api_key;

	/* A deployment's own keys of AWS win over a key of the environment's. */
	if (!value && provider && provider->key_variable &&
	    !(deployment->cloud.secret || deployment->cloud.profile || deployment->cloud.role))
		value = getenv(provider->key_variable);
	return value && *value ? value : NULL;
}

/* Behind an address of one's own anything may speak OpenAI's format. */
static enum tokenizer_kind own_tokenizer(const struct member *member)
{
	bool elsewhere = member->deployment->api_base && member->provider &&
			 strcmp(member->provider->name, "openai") == 0;

	return !member->provider || elsewhere ? TOKENIZER_UNKNOWN : member->provider->tokenizer;
}

/* OpenAI's own names say what counts at OpenAI and Azure.  Servers of one's own are often called so
 * for clients that know no other names, whatever they serve. */
static bool is_borrowed_name(const struct deployment *deployment, enum tokenizer_kind kind)
{
	static const char *const theirs[] = { ".openai.com", "//api.openai.com", ".azure.com" };

	if ((kind != TOKENIZER_O200K && kind != TOKENIZER_CL100K) || !deployment->api_base ||
	    deployment->base_model || strncmp(deployment->provider, "azure", 5) == 0)
		return false;
	for (size_t i = 0; i < sizeof theirs / sizeof theirs[0]; i++)
		if (strstr(deployment->api_base, theirs[i]))
			return false;
	for (size_t i = 0; i < deployment->traits.count; i++)
		if (strcmp(deployment->traits.items[i].name, "tokenizer") == 0)
			return false;
	return true;
}

static enum tokenizer_kind tokenizer_of(const struct member *member)
{
	enum tokenizer_kind kind = tokenizer_named(member->traits.tokenizer, own_tokenizer(member));

	return is_borrowed_name(member->deployment, kind) ? TOKENIZER_UNKNOWN : kind;
}

/* The tier is that of the dearest price that calls of the next day can meet, so it follows a price
 * that changes (catalog_outdated). */
static void set_tier(const struct settings *settings, struct member *member)
{
	struct price_course course = member_course(member);
	int64_t now_ms = clock_wall_ms();
	struct price met = price_within(&course, now_ms, now_ms + DAY_MS);

	member->tier = member->priced ? tier_of(settings, member->deployment, &met) : -1;
	member->blended_pico = tier_blended_pico(&met);
}

static struct member make_member(
    const struct catalog *catalog, const struct deployment *deployment, const char *model)
{
	struct member member = { .deployment = deployment,
		.provider = provider_find(deployment->provider),
		.biller = billed_by(deployment),
		.model = model };

	member.api_key = credential(deployment, member.provider);
	member.lacks_access = member.provider && deployment->cloud.region && !member.api_key &&
			      !deployment->mock_response_set && !cloud_has_source(deployment);
	member.priced = billed_price(catalog->prices, deployment, model, &member.price) &&
			!deployment->price_unsure;
	if (!member.priced)
		member.price_fault = price_table_fault(catalog->prices, deployment->provider,
		    deployment->base_model ? deployment->base_model : model);
	member.traits = model_of(deployment, model);
	member.tokenizer = tokenizer_of(&member);
	if (member.price.responses_only)
		member.traits.responses = RESPONSES_ALWAYS;
	for (const struct price *last = &member.price;
	     member.priced && member.changes < PRICE_CHANGES_MOST &&
	     billed_price_after(catalog->prices, deployment, last, &member.after[member.changes]);
	     member.changes++)
		last = &member.after[member.changes];
	set_tier(catalog->settings, &member);
	member.fault = member_fault(&member);
	return member;
}

const struct price *member_price(const struct member *member)
{
	const struct price *price = &member->price;

	for (size_t i = 0; i < member->changes && price->changes_ms <= clock_wall_ms(); i++)
		price = &member->after[i];
	return price;
}

struct price_course member_course(const struct member *member)
{
	return (struct price_course){ &member->price, member->after, member->changes };
}

/* ---- making ---- */

static int compare_pattern_length(const void *a, const void *b, void *deployments)
{
	const struct deployment *all = deployments;
	size_t left = strlen(all[*(const size_t *)a].group),
	       right = strlen(all[*(const size_t *)b].group);

	if (left != right)
		return left < right ? 1 : -1;
	return *(const size_t *)a < *(const size_t *)b ? -1 : 1;
}

static void collect_patterns(struct catalog *catalog)
{
	const struct settings *settings = catalog->settings;

	catalog->patterns = alloc_zero(settings->deployment_count + 1, sizeof *catalog->patterns);
	for (size_t i = 0; i < settings->deployment_count; i++)
		if (entry_is_pattern(settings->deployments[i].group))
			catalog->patterns[catalog->pattern_count++] = i;
	qsort_r(catalog->patterns, catalog->pattern_count, sizeof *catalog->patterns,
	    compare_pattern_length, settings->deployments);
}

static void make_and_check(
    const struct catalog *catalog, struct member *member, struct problems *problems)
{
	const struct deployment *deployment = member->deployment;

	*member = make_member(catalog, deployment, deployment->model);
	member_check(member, problems);
}

/* Around the day of a change both prices count, so tiers may be others at its ends. */
static void note_changes(struct catalog *catalog, const struct member *member)
{
	int64_t now_ms = clock_wall_ms();
	const struct price *price = &member->price;

	for (size_t i = 0; i < member->changes; i++) {
		int64_t ends[] = { price->changes_ms - 2 * DAY_MS, price->changes_ms + DAY_MS + 1 };

		for (size_t k = 0; k < 2; k++)
			if (ends[k] > now_ms && ends[k] < catalog->outdated_ms)
				catalog->outdated_ms = ends[k];
		price = &member->after[i];
	}
}

static void make_members(struct catalog *catalog, struct problems *problems)
{
	size_t count = catalog->settings->deployment_count;

	catalog->members = alloc_zero(count + 1, sizeof *catalog->members);
	for (size_t i = 0; i < count; i++) {
		catalog->members[i].deployment = &catalog->settings->deployments[i];
		if (problems) {
			make_and_check(catalog, &catalog->members[i], problems);
			note_changes(catalog, &catalog->members[i]);
		}
	}
	groups_collect(&catalog->groups, catalog->members, count);
}

/* A member that is not made has no model. */
static void make_when_asked(const struct catalog *catalog, struct member *members, size_t count)
{
	struct problems untold = { 0 };

	for (size_t i = 0; i < count; i++)
		if (!members[i].model)
			make_and_check(catalog, &members[i], &untold);
	problems_release(&untold);
}

static const struct member *member_at(const struct catalog *catalog, size_t index)
{
	if (catalog->making) {
		pthread_mutex_lock(catalog->making);
		make_when_asked(catalog, &catalog->members[index], 1);
		pthread_mutex_unlock(catalog->making);
	}
	return &catalog->members[index];
}

static const struct group *group_at(const struct catalog *catalog, size_t index)
{
	struct group *group = &catalog->groups.items[index];

	if (catalog->making) {
		pthread_mutex_lock(catalog->making);
		make_when_asked(catalog,
		    catalog->groups.members + (group->members - catalog->groups.members),
		    group->member_count);
		group->tier = group_tier(group);
		pthread_mutex_unlock(catalog->making);
	}
	return group;
}

struct catalog *catalog_new(struct settings *settings, struct problems *problems, struct error *err)
{
	struct catalog *catalog = alloc_zero(1, sizeof *catalog);
	struct problems untold = { 0 };

	catalog->settings = settings;
	catalog->users = 1;
	catalog->outdated_ms = INT64_MAX;
	if (!problems) {
		catalog->making = alloc_zero(1, sizeof(pthread_mutex_t));
		pthread_mutex_init(catalog->making, NULL);
	}
	catalog->prices = price_table_new(settings, problems ? problems : &untold, err);
	problems_release(&untold);
	if (!catalog->prices) {
		catalog_release(catalog);
		return NULL;
	}
	make_members(catalog, problems);
	collect_patterns(catalog);
	return catalog;
}

struct catalog *catalog_hold(struct catalog *catalog)
{
	__atomic_add_fetch(&catalog->users, 1, __ATOMIC_RELAXED);
	return catalog;
}

void catalog_release(struct catalog *catalog)
{
	if (!catalog || __atomic_sub_fetch(&catalog->users, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (catalog->making)
		pthread_mutex_destroy(catalog->making);
	free(catalog->making);
	groups_release(&catalog->groups);
	free(catalog->patterns);
	free(catalog->members);
	price_table_free(catalog->prices);
	settings_free(catalog->settings);
	free(catalog);
}

bool catalog_outdated(const struct catalog *catalog)
{
	return clock_wall_ms() >= catalog->outdated_ms;
}

const struct settings *catalog_settings(const struct catalog *catalog)
{
	return catalog->settings;
}

const struct price_table *catalog_prices(const struct catalog *catalog)
{
	return catalog->prices;
}

size_t catalog_group_count(const struct catalog *catalog)
{
	return catalog->groups.count;
}

const struct group *catalog_group_at(const struct catalog *catalog, size_t index)
{
	return group_at(catalog, index);
}

const struct member *catalog_faulty_at(const struct catalog *catalog, size_t index)
{
	for (size_t i = 0; i < catalog->settings->deployment_count; i++) {
		const struct member *member = member_at(catalog, i);

		if ((member->fault || member_lacks_key(member)) && index-- == 0)
			return member;
	}
	return NULL;
}

/* ---- finding ---- */

#define STARS_MAX 8

struct capture {
	struct slice stars[STARS_MAX];
	size_t count;
};

/* Matches the whole name; each star takes the shortest run that lets the rest match. Patterns come
 * from the settings and names are at most 256 bytes, so trying is cheap. */
static bool match(const char *pattern, const char *name, struct capture *capture)
{
	const char *star;
	size_t head, slot = capture->count;

	star = strchr(pattern, '*');
	if (!star)
		return strcmp(pattern, name) == 0;
	head = (size_t)(star - pattern);
	if (strncmp(pattern, name, head) != 0 || slot == STARS_MAX)
		return false;
	name += head;
	for (size_t taken = 0;; taken++) {
		capture->stars[slot] = (struct slice){ name, taken };
		capture->count = slot + 1;
		if (match(star + 1, name + taken, capture))
			return true;
		if (!name[taken])
			return false;
	}
}

static const char *fill_stars(const char *model, const struct capture *capture, struct arena *arena)
{
	char *filled = arena_copy(arena, "");
	size_t used = 0;

	for (const char *c = model; *c; c++) {
		struct slice piece = { c, 1 };

		if (*c == '*' && used < capture->count)
			piece = capture->stars[used++];
		filled = arena_printf(arena, "%s%.*s", filled, (int)piece.len, piece.ptr);
	}
	return filled;
}

/* A cloud's models need a region or a project, which an entry for any provider has not. */
static bool serves_any_entry(const char *provider)
{
	const struct provider *found = provider_find(provider);

	return found && !(found->quirks & (QUIRK_BEDROCK | QUIRK_VERTEX));
}

/* The deployment with the provider of the filled name, "anthropic/claude-x" or a name of a known
 * family; NULL: it names none that is known. */
static const struct deployment *at_provider(
    const struct deployment *deployment, const char **model, struct arena *arena)
{
	const char *slash = strchr(*model, '/'), *family = deployment_family(*model);
	struct deployment *own;

	if (!entry_names_any_provider(deployment))
		return deployment;
	if (!slash && !family)
		return NULL;
	own = arena_alloc(arena, sizeof *own);
	*own = *deployment;
	own->provider =
	    slash ? arena_copy_slice(arena, (struct slice){ *model, (size_t)(slash - *model) })
		  : arena_copy(arena, family);
	own->provider = arena_copy(arena, deployment_provider(own->provider));
	*model = slash ? slash + 1 : *model;
	return serves_any_entry(own->provider) ? own : NULL;
}

/* All deployments whose pattern is the same as the first that matched, with the stars filled in. */
static const struct group *group_of_pattern(const struct catalog *catalog, const char *pattern,
    const char *matched, const char *asked, struct arena *arena)
{
	struct member *members = arena_alloc(arena, catalog->pattern_count * sizeof *members);
	struct group *group = arena_alloc(arena, sizeof *group);
	size_t count = 0;

	for (size_t i = 0; i < catalog->pattern_count; i++) {
		const struct deployment *deployment =
		    &catalog->settings->deployments[catalog->patterns[i]];
		struct capture capture = { .count = 0 };
		const char *model;

		if (strcmp(deployment->group, pattern) != 0 || !match(pattern, matched, &capture))
			continue;
		model = fill_stars(deployment->model, &capture, arena);
		deployment = at_provider(deployment, &model, arena);
		if (!deployment)
			continue;
		members[count] = make_member(catalog, deployment, model);
		members[count].defaults = member_at(catalog, catalog->patterns[i])->defaults;
		members[count++].unbounded = member_at(catalog, catalog->patterns[i])->unbounded;
	}
	if (count == 0)
		return NULL;
	*group = (struct group){ arena_copy(arena, asked), members, count, -1 };
	group->tier = group_tier(group);
	return group;
}

/* As LiteLLM does, "gpt-4o" also finds "openai/" with a star, if that provider has a price for it.
 */
static const struct group *find_pattern(
    const struct catalog *catalog, const char *name, struct arena *arena)
{
	for (size_t i = 0; i < catalog->pattern_count; i++) {
		const char *pattern = catalog->settings->deployments[catalog->patterns[i]].group;
		struct capture capture = { .count = 0 };

		const struct group *group =
		    match(pattern, name, &capture)
			? group_of_pattern(catalog, pattern, name, name, arena)
			: NULL;

		if (group)
			return group;
	}
	for (size_t i = 0; i < catalog->pattern_count && !strchr(name, '/'); i++) {
		const struct deployment *deployment =
		    &catalog->settings->deployments[catalog->patterns[i]];
		const char *full = arena_printf(arena, "%s/%s", deployment->provider, name);
		struct capture capture = { .count = 0 };
		struct price price;

		if (match(deployment->group, full, &capture) &&
		    billed_price(catalog->prices, deployment, name, &price))
			return group_of_pattern(catalog, deployment->group, full, name, arena);
	}
	return NULL;
}

const struct group *catalog_whole_group(const struct catalog *catalog, const struct group *group)
{
	const struct group *whole = groups_find(&catalog->groups, group->name);

	return whole ? whole : group;
}

static const struct group *find_deployment(
    const struct catalog *catalog, const char *id, struct arena *arena)
{
	for (size_t i = 0; i < catalog->settings->deployment_count; i++) {
		const struct member *member;
		struct group *group;

		if (strcmp(catalog->settings->deployments[i].id, id) != 0 ||
		    entry_is_pattern(catalog->settings->deployments[i].model))
			continue;
		member = member_at(catalog, i);
		group = arena_alloc(arena, sizeof *group);
		*group = (struct group){ member->deployment->group, member, 1, member->tier };
		return group;
	}
	return NULL;
}

const struct group *catalog_find(
    const struct catalog *catalog, const char *name, struct arena *arena)
{
	const struct settings_pairs *aliases = &catalog->settings->aliases;
	const struct group *group = find_deployment(catalog, name, arena);

	if (group)
		return group;
	for (size_t i = 0; i < aliases->count; i++)
		if (strcmp(aliases->items[i].name, name) == 0) {
			name = aliases->items[i].value;
			break;
		}
	group = entry_is_pattern(name) ? NULL : groups_find(&catalog->groups, name);
	return group ? group_at(catalog, (size_t)(group - catalog->groups.items))
		     : find_pattern(catalog, name, arena);
}
