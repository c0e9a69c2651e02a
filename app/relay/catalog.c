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
#include "providers/cloud.h"
#include "relay/billed_price.h"
#include "relay/defaults.h"
#include "settings/address.h"
#include "settings/cloud_sources.h"
#include "settings/deployment_fields.h"

#include "base/banned.h"

struct catalog {
	struct settings *settings;
	struct price_table *prices;
	struct member *members; /* one per deployment, in the order of the settings */
	struct groups groups;   /* exact names */
	size_t *patterns;       /* indexes of deployments whose group holds a star, longest first */
	size_t pattern_count;
	int users; /* atomic */
};

static bool is_pattern(const char *name)
{
	return strchr(name, '*') != NULL;
}

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

/* `model: "*"`: the provider, too, is that of the name that is asked for. */
static bool names_any_provider(const struct deployment *deployment)
{
	return strcmp(deployment->provider, "*") == 0;
}

/* A mock_response is answered without an address. */
static bool lacks_base(const struct member *member)
{
	return (member->provider->quirks & QUIRK_BASE_REQUIRED) && !member->deployment->api_base &&
	       !member->deployment->mock_response_set;
}

/* In the words of whoever mends it.  A member of a wildcard has its price by the name asked for. */
static const char *fault_of(const struct member *member)
{
	const struct deployment *deployment = member->deployment;

	if (deployment->fault)
		return deployment->fault;
	if (names_any_provider(deployment))
		return NULL;
	if (!member->provider)
		return "no provider of that name is known";
	if (lacks_base(member))
		return "api_base is missing";
	if (cloud_fault(member->provider, deployment, member->model))
		return cloud_fault(member->provider, deployment, member->model);
	return !member->priced && !is_pattern(deployment->model) ? "no price is known" : NULL;
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

static struct member make_member(
    const struct catalog *catalog, const struct deployment *deployment, const char *model)
{
	struct member member = { .deployment = deployment,
		.provider = provider_find(deployment->provider),
		.model = model };

	member.api_key = credential(deployment, member.provider);
	member.lacks_access = member.provider && deployment->cloud.region && !member.api_key &&
			      !deployment->mock_response_set && !cloud_has_source(deployment);
	member.priced = billed_price(catalog->prices, deployment, model, &member.price) &&
			!deployment->price_unsure;
	member.traits = model_of(deployment, model);
	member.tokenizer = tokenizer_of(&member);
	if (member.price.responses_only)
		member.traits.responses = RESPONSES_ALWAYS;
	member.changes = member.priced && billed_price_after(catalog->prices, deployment,
					      &member.price, &member.after);
	member.tier = member.priced ? tier_of(catalog->settings, deployment, &member.price) : -1;
	member.fault = fault_of(&member);
	return member;
}

struct price_course member_course(const struct member *member)
{
	return (struct price_course){ &member->price, member->changes ? &member->after : NULL };
}

const char *member_mode(const struct member *member)
{
	return member->deployment->mode ? member->deployment->mode
					: price_mode_name(member->price.mode);
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
		if (is_pattern(settings->deployments[i].group))
			catalog->patterns[catalog->pattern_count++] = i;
	qsort_r(catalog->patterns, catalog->pattern_count, sizeof *catalog->patterns,
	    compare_pattern_length, settings->deployments);
}

static void check_cloud(const struct member *member, struct problems *problems)
{
	const struct deployment *deployment = member->deployment;
	const char *fault = cloud_fault(member->provider, deployment, member->model);

	if (fault)
		problems_add(problems, PROBLEM_ERROR, deployment->model_origin, "model '%s/%s': %s",
		    deployment->provider, deployment->model, fault);
	if (member_lacks_key(member))
		problems_add(problems, PROBLEM_ERROR, deployment->model_origin,
		    "model '%s/%s': no credentials; %s", deployment->provider, deployment->model,
		    member->provider->quirks & QUIRK_BEDROCK
			? "give api_key, or aws_access_key_id and aws_secret_access_key, or set "
			  "AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID or AWS_PROFILE"
			: "give vertex_credentials, or set GOOGLE_APPLICATION_CREDENTIALS");
}

/* A price by images, characters, seconds or queries, where none of those are billed. */
static void check_units(const struct member *member, struct problems *problems)
{
	const struct deployment *deployment = member->deployment;
	const struct settings_prices *own = &deployment->prices;
	const int64_t units[MODE_COUNT] = { PRICE_UNKNOWN, own->per_image_nano,
		own->per_character_pico, own->per_second_nano, own->per_query_nano, PRICE_UNKNOWN };

	for (int mode = MODE_IMAGE; mode < MODE_COUNT; mode++)
		if (units[mode] != PRICE_UNKNOWN && mode != (int)member->price.mode)
			problems_add(problems, PROBLEM_NOTICE, deployment->model_origin,
			    "model '%s/%s': a price of the kind for %s has no effect, since its "
			    "mode is %s; model_info.mode says what it is for",
			    deployment->provider, deployment->model,
			    price_mode_name((enum price_mode)mode), member_mode(member));
}

/* What gives a model of each mode a price. */
static const char *const price_names[MODE_COUNT] = {
	[MODE_CHAT] = "input_cost_per_token and output_cost_per_token",
	[MODE_IMAGE] = "output_cost_per_image, or the prices of its tokens",
	[MODE_SPEECH] = "input_cost_per_character, or the prices of its tokens",
	[MODE_TRANSCRIPTION] = "input_cost_per_second, or the prices of its tokens",
	[MODE_RERANK] = "input_cost_per_query, or the prices of its tokens",
};

/* What is known of its price by its address alone, or that none is known. */
static void tell_price(const struct member *member, struct problems *problems)
{
	const struct deployment *deployment = member->deployment;
	const char *elsewhere = member->priced && strcmp(member->price.as_of, "settings") != 0
				    ? billed_elsewhere(deployment)
				    : NULL;

	if (elsewhere && !member->price.output_pico)
		problems_add(problems, PROBLEM_NOTICE, deployment->model_origin,
		    "model '%s/%s' is at the address of %s, so it costs nothing; if that is not "
		    "so, give input_cost_per_token and output_cost_per_token",
		    deployment->provider, deployment->model, elsewhere);
	else if (elsewhere && address_is_private(deployment->api_base))
		problems_add(problems, PROBLEM_NOTICE, deployment->model_origin,
		    "model '%s/%s' costs what its maker asks, although %s stands at this address, "
		    "for it may be a proxy; if it costs nothing, give input_cost_per_token: 0 and "
		    "output_cost_per_token: 0",
		    deployment->provider, deployment->model, elsewhere);
	if (!member->priced && !is_pattern(deployment->model))
		problems_add(problems, PROBLEM_ERROR, deployment->model_origin,
		    "model '%s/%s': no price is known, so calls are refused; give %s (0 is a "
		    "price)",
		    deployment->provider, deployment->model, price_names[member->price.mode]);
}

static void check_member(const struct member *member, struct problems *problems)
{
	const struct deployment *deployment = member->deployment;

	if (deployment->fault || names_any_provider(deployment))
		return; /* said where it was read; or for each name that is asked for */
	if (!member->provider) {
		problems_add(problems, PROBLEM_ERROR, deployment->model_origin,
		    "model '%s/%s': no provider '%s' is known; write openai/%s with an api_base "
		    "for one that speaks OpenAI's format",
		    deployment->provider, deployment->model, deployment->provider,
		    deployment->model);
		return;
	}
	if (lacks_base(member))
		problems_add(problems, PROBLEM_ERROR, deployment->model_origin,
		    "model '%s/%s': provider %s has no public address; api_base is missing",
		    deployment->provider, deployment->model, deployment->provider);
	check_units(member, problems);
	if (deployment->cloud.region)
		check_cloud(member, problems);
	else if (member_lacks_key(member))
		problems_add(problems, PROBLEM_ERROR, deployment->model_origin,
		    "model '%s/%s': no key; give api_key: os.environ/NAME, or set %s",
		    deployment->provider, deployment->model,
		    member->provider->key_variable ? member->provider->key_variable
						   : "the provider's variable");
	tell_price(member, problems);
}

/* The provider is told by it to take another host or model, at a price of its own. */
static void warn_of_steering(const struct deployment *deployment, struct problems *problems)
{
	for (size_t i = 0; i < deployment->parameters.count; i++) {
		const struct settings_pair *p = &deployment->parameters.items[i];

		if (chat_request_dear_name(p->name) == DEAR_STEERS)
			problems_add(problems, PROBLEM_WARNING, p->origin,
			    "model '%s/%s': by %s the provider may take a host or model that costs "
			    "more than the price that is held; give the dearest as "
			    "input_cost_per_token and output_cost_per_token",
			    deployment->provider, deployment->model, p->name);
	}
}

static void weigh_defaults(struct member *member, struct problems *problems)
{
	const struct deployment *deployment = member->deployment;
	struct error err = { 0 };

	if (strcmp(member->price.as_of, "settings") != 0)
		warn_of_steering(deployment, problems);
	member->unbounded = defaults_weigh(deployment, &member->defaults, &err) != 0;
	if (member->unbounded)
		problems_add(problems, PROBLEM_ERROR, deployment->origin,
		    "model '%s/%s': its default parameters have no known cost, so calls are "
		    "refused: %s",
		    deployment->provider, deployment->model, err.text);
	else if (member->defaults.server_tools ||
		 (member->defaults.search_options && !member->price.searches))
		problems_add(problems, PROBLEM_ERROR, deployment->origin,
		    "model '%s/%s': its default parameters let the provider search or run tools, "
		    "which has no known upper cost, so calls are refused",
		    deployment->provider, deployment->model);
}

struct catalog *catalog_new(struct settings *settings, struct problems *problems, struct error *err)
{
	struct catalog *catalog = alloc_zero(1, sizeof *catalog);

	catalog->settings = settings;
	catalog->users = 1;
	catalog->prices = price_table_new(settings, problems, err);
	if (!catalog->prices) {
		catalog_release(catalog);
		return NULL;
	}
	catalog->members = alloc_zero(settings->deployment_count + 1, sizeof *catalog->members);
	for (size_t i = 0; i < settings->deployment_count; i++) {
		catalog->members[i] =
		    make_member(catalog, &settings->deployments[i], settings->deployments[i].model);
		check_member(&catalog->members[i], problems);
		weigh_defaults(&catalog->members[i], problems);
		model_traits_check(&settings->deployments[i], problems);
	}
	groups_collect(&catalog->groups, catalog->members, catalog->settings->deployment_count);
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
	groups_release(&catalog->groups);
	free(catalog->patterns);
	free(catalog->members);
	price_table_free(catalog->prices);
	settings_free(catalog->settings);
	free(catalog);
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
	return &catalog->groups.items[index];
}

const struct member *catalog_faulty_at(const struct catalog *catalog, size_t index)
{
	for (size_t i = 0; i < catalog->settings->deployment_count; i++)
		if ((catalog->members[i].fault || member_lacks_key(&catalog->members[i])) &&
		    index-- == 0)
			return &catalog->members[i];
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

	if (!names_any_provider(deployment))
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
		members[count].defaults = catalog->members[catalog->patterns[i]].defaults;
		members[count++].unbounded = catalog->members[catalog->patterns[i]].unbounded;
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

static const struct group *find_deployment(
    const struct catalog *catalog, const char *id, struct arena *arena)
{
	for (size_t i = 0; i < catalog->settings->deployment_count; i++) {
		struct group *group;

		if (strcmp(catalog->settings->deployments[i].id, id) != 0 ||
		    is_pattern(catalog->settings->deployments[i].model))
			continue;
		group = arena_alloc(arena, sizeof *group);
		*group = (struct group){ catalog->settings->deployments[i].group,
			&catalog->members[i], 1, catalog->members[i].tier };
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
	group = is_pattern(name) ? NULL : groups_find(&catalog->groups, name);
	return group ? group : find_pattern(catalog, name, arena);
}

bool member_lacks_key(const struct member *member)
{
	if (member->lacks_access)
		return true;
	return member->provider && !member->api_key && !member->deployment->mock_response_set &&
	       !(member->provider->quirks & (QUIRK_BEDROCK | QUIRK_VERTEX)) &&
	       member->provider->key_header != KEY_OPTIONAL &&
	       member->provider->key_header != KEY_NONE;
}
