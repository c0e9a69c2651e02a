/*
 * What is wrong with an entry of model_list, in the words of whoever mends it.  See the header;
 * member_mode and member_lacks_key are declared in catalog.h.
 */
#include "relay/member_check.h"

#include <string.h>

#include "providers/cloud.h"
#include "relay/billed_price.h"
#include "relay/defaults.h"
#include "settings/address.h"

#include "base/banned.h"

bool entry_is_pattern(const char *name)
{
	return strchr(name, '*') != NULL;
}

/* `model: "*"`: the provider, too, is that of the name that is asked for. */
bool entry_names_any_provider(const struct deployment *deployment)
{
	return strcmp(deployment->provider, "*") == 0;
}

/* A mock_response is answered without an address. */
static bool lacks_base(const struct member *member)
{
	return (member->provider->quirks & QUIRK_BASE_REQUIRED) && !member->deployment->api_base &&
	       !member->deployment->mock_response_set;
}

const char *member_mode(const struct member *member)
{
	return member->deployment->mode ? member->deployment->mode
					: price_mode_name(member->price.mode);
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

/* In the words of whoever mends it.  A member of a wildcard has its price by the name asked for. */
const char *member_fault(const struct member *member)
{
	const struct deployment *deployment = member->deployment;

	if (deployment->fault)
		return deployment->fault;
	if (entry_names_any_provider(deployment))
		return NULL;
	if (!member->provider)
		return "no provider of that name is known";
	if (lacks_base(member))
		return "api_base is missing";
	if (cloud_fault(member->provider, deployment, member->model))
		return cloud_fault(member->provider, deployment, member->model);
	return !member->priced && !entry_is_pattern(deployment->model) ? "no price is known" : NULL;
}

/* Neither credentials nor a price would help. */
static bool cannot_be_called(const struct member *member)
{
	return cloud_way_of(member->provider, member->deployment, member->model) == CLOUD_UNKNOWN;
}

static void check_cloud(const struct member *member, struct problems *problems)
{
	const struct deployment *deployment = member->deployment;
	const char *fault = cloud_fault(member->provider, deployment, member->model);

	if (fault)
		problems_add(problems, PROBLEM_ERROR, deployment->model_origin, "model '%s/%s': %s",
		    deployment->provider, deployment->model, fault);
	if (member_lacks_key(member) && !cannot_be_called(member))
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
	if (!member->priced && !entry_is_pattern(deployment->model) && !cannot_be_called(member))
		problems_add(problems, PROBLEM_ERROR, deployment->model_origin,
		    "model '%s/%s': no price is known, so calls are refused%s%s; give %s (0 is a "
		    "price)",
		    deployment->provider, deployment->model, member->price_fault ? ": " : "",
		    member->price_fault ? member->price_fault : "",
		    price_names[member->price.mode]);
}

static void check_entry(const struct member *member, struct problems *problems)
{
	const struct deployment *deployment = member->deployment;

	if (deployment->fault || entry_names_any_provider(deployment))
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

void member_check(struct member *member, struct problems *problems)
{
	check_entry(member, problems);
	weigh_defaults(member, problems);
	model_traits_check(member->deployment, problems);
}
