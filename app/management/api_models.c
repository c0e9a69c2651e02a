/*
 * /model/info, /v2/model/info, /model_group/info, /utils/supported_openai_params: what can be asked
 * for, at what price.  A client's key sees the models that it may use; where they are and who is
 * behind them is for administration.
 */
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "management/api_operations.h"
#include "management/wire.h"
#include "views/check_report.h"
#include "views/view_parameters.h"

#include "base/banned.h"

static void set_price(json_t *object, const char *name, bool priced, int64_t pico)
{
	if (!priced || pico == PRICE_UNKNOWN)
		json_set(object, name, json_null());
	else
		json_set(object, name, wire_dollars_a_token(pico));
}

static void set_supports(json_t *info, const struct deployment *deployment)
{
	json_set_all(info, "supports_vision supports_function_calling",
	    deployment->supports_vision_set ? json_boolean(deployment->supports_vision)
					    : json_null(),
	    deployment->supports_tools_set ? json_boolean(deployment->supports_tools)
					   : json_null());
}

/* What the file says of it beside that, as LiteLLM shows it. */
static void set_own_words(json_t *info, const struct settings_pairs *words)
{
	for (size_t i = 0; i < words->count; i++)
		if (!json_object_get(info, words->items[i].name))
			json_set(info, words->items[i].name,
			    json_loads(words->items[i].value, JSON_DECODE_ANY, NULL));
}

static json_t *info_json(const struct api_call *call, const struct member *member)
{
	const struct price *price = member_price(member);
	json_t *info = json_object(), *sideways = json_object();
	bool priced = member->priced;

	json_set_all(info, "id db_model? mode litellm_provider", member->deployment->id, false,
	    member_mode(member), member->deployment->provider);
	set_price(info, "input_cost_per_token", priced, price->input_pico);
	set_price(info, "output_cost_per_token", priced, price->output_pico);
	set_price(info, "cache_read_input_token_cost", priced, price->cache_read_pico);
	set_price(info, "cache_creation_input_token_cost", priced, price->cache_write_pico);
	check_set_tokens(info, "max_tokens", priced ? price->max_output_tokens : 0);
	check_set_tokens(info, "max_input_tokens", priced ? price->max_input_tokens : 0);
	check_set_tokens(info, "max_output_tokens", priced ? price->max_output_tokens : 0);
	set_supports(info, member->deployment);
	set_own_words(info, &member->deployment->own_info);
	json_set_all(sideways, "tier price_of",
	    priced ? call->settings->tiers[member->tier].name : NULL, priced ? price->as_of : NULL);
	json_set(info, "sideways", sideways); /* LiteLLM's own "tier" is "free" or "paid" */
	return info;
}

static void api_models_set_limit(json_t *object, const char *name, int64_t limit)
{
	if (limit != SETTING_UNSET)
		json_set_int(object, name, limit);
}

static void set_weight(json_t *object, int64_t weight)
{
	if (weight == SETTING_UNSET)
		return;
	if (weight % SETTING_WEIGHT_ONE == 0)
		json_set_int(object, "weight", weight / SETTING_WEIGHT_ONE);
	else
		json_set(object, "weight", json_real((double)weight / SETTING_WEIGHT_ONE));
}

/* Provider keys are never in it. */
static json_t *params_json(const struct api_call *call, const struct deployment *deployment)
{
	json_t *params = json_object();

	json_set_all(params, "model custom_llm_provider",
	    arena_printf(call->arena, "%s/%s", deployment->provider, deployment->model),
	    deployment->provider);
	if (api_may_look(call) && deployment->api_base)
		json_set_text(params, "api_base", deployment->api_base);
	api_models_set_limit(params, "rpm", deployment->rpm);
	api_models_set_limit(params, "tpm", deployment->tpm);
	api_models_set_limit(params, "max_parallel_requests", deployment->max_parallel_requests);
	set_weight(params, deployment->weight);
	api_models_set_limit(params, "order", deployment->order);
	return params;
}

static bool is_shown(const struct api_call *call, const struct group *group)
{
	return api_may_look(call) || group_is_open_to(group, &call->key, group->name);
}

struct model_filter { /* NULL: all */
	const char *id, *group,
	    *search; /* of the deployment; its group's name; a part of that, in any case */
};

static bool api_models_wants(
    const struct model_filter *filter, const struct group *group, const struct member *member)
{
	return (!filter->id || strcmp(filter->id, member->deployment->id) == 0) &&
	       (!filter->group || strcmp(filter->group, group->name) == 0) &&
	       (!filter->search || strcasestr(group->name, filter->search));
}

/* What the caller may see of it. */
static json_t *deployments(const struct api_call *call, const struct model_filter *filter)
{
	json_t *data = json_array();

	for (size_t i = 0; i < catalog_group_count(call->catalog); i++) {
		const struct group *group = catalog_group_at(call->catalog, i);

		for (size_t m = 0; is_shown(call, group) && m < group->member_count; m++) {
			const struct member *member = &group->members[m];
			json_t *row;

			if (!api_models_wants(filter, group, member))
				continue;
			row = json_object();
			json_set_all(row, "model_name litellm_params model_info", group->name,
			    params_json(call, member->deployment), info_json(call, member));
			json_append(data, row);
		}
	}
	return data;
}

json_t *api_model_info(struct api_call *call, struct error *err)
{
	const struct model_filter filter = { .id = api_query(call, "litellm_model_id") };
	json_t *answer, *data;

	data = deployments(call, &filter);
	if (filter.id && json_array_size(data) == 0) {
		json_decref(data);
		call->param = "litellm_model_id";
		return json_none(
		    error_set(err, ERROR_NOT_FOUND, "no deployment '%.60s'", filter.id));
	}
	answer = json_object();
	json_set(answer, "data", data);
	return answer;
}

/* In pages.  LiteLLM's panel sends more filters, of what is not here; as in its answer, none is an
 * error when it finds nothing. */
json_t *api_model_info_v2(struct api_call *call, struct error *err)
{
	const struct model_filter filter = { .id = api_query(call, "modelId"),
		.group = api_query(call, "model"),
		.search = api_query(call, "search") };
	AUTO_JSON json_t *data = NULL;
	struct api_page at;
	json_t *answer;
	bool ignored;

	if (api_query_bool(call, "include_team_models", false, &ignored, err) != 0 ||
	    api_query_bool(call, "debug", false, &ignored, err) != 0 ||
	    api_page_read(call, "size", 50, 1000, &at, err) != 0)
		return NULL;
	data = deployments(call, &filter);
	answer = api_page_of(&at, "data", data);
	wire_copy(answer, answer, "total_count=total current_page=page");
	return answer;
}

json_t *api_supported_params(struct api_call *call, struct error *err)
{
	const char *name = api_query(call, "model");
	const struct group *group = NULL;
	json_t *answer;

	group = name ? catalog_find(call->catalog, name, call->arena) : NULL;
	if (!group || group->member_count == 0 || !is_shown(call, group))
		return json_none(api_wrong(call, "model", err,
		    "Could not map model=%.60s: GET /v1/models has those that there are",
		    name ? name : ""));
	answer = json_object();
	json_set(answer, "supported_openai_params", view_parameters(&group->members[0]));
	return answer;
}

/* ---- groups ---- */

static void append_once(json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), text) == 0)
			return;
	json_append(list, json_string(text));
}

struct figures { /* of a group: the dearest prices, the smallest windows, the sum of the limits */
	bool priced;
	int64_t input_pico, output_pico, max_input, max_output, rpm, tpm;
};

static int64_t more(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t fewer_known(int64_t a, int64_t b)
{
	return a == PRICE_UNKNOWN || a <= 0 ? b : b == PRICE_UNKNOWN || b <= 0 || a < b ? a : b;
}

static void add_member(struct figures *sum, const struct member *member)
{
	const struct deployment *deployment = member->deployment;
	const struct price *price = member_price(member);

	if (deployment->rpm != SETTING_UNSET)
		sum->rpm += deployment->rpm;
	if (deployment->tpm != SETTING_UNSET)
		sum->tpm += deployment->tpm;
	if (!member->priced)
		return;
	sum->priced = true;
	sum->input_pico = more(sum->input_pico, price->input_pico);
	sum->output_pico = more(sum->output_pico, price->output_pico);
	sum->max_input = fewer_known(sum->max_input, price->max_input_tokens);
	sum->max_output = fewer_known(sum->max_output, price->max_output_tokens);
}

static json_t *group_json(const struct api_call *call, const struct group *group)
{
	struct figures sum = { .max_input = PRICE_UNKNOWN, .max_output = PRICE_UNKNOWN };
	json_t *row = json_object(), *providers = json_array(), *sideways = json_object();

	for (size_t i = 0; i < group->member_count; i++) {
		add_member(&sum, &group->members[i]);
		append_once(providers, group->members[i].deployment->provider);
	}
	json_set_all(row, "model_group providers", group->name, providers);
	check_set_tokens(row, "max_input_tokens", sum.max_input);
	check_set_tokens(row, "max_output_tokens", sum.max_output);
	set_price(row, "input_cost_per_token", sum.priced, sum.input_pico);
	set_price(row, "output_cost_per_token", sum.priced, sum.output_pico);
	json_set_text(row, "mode", group->member_count ? member_mode(&group->members[0]) : NULL);
	check_set_tokens(row, "rpm", sum.rpm);
	check_set_tokens(row, "tpm", sum.tpm);
	json_set_text(
	    sideways, "tier", group->tier >= 0 ? call->settings->tiers[group->tier].name : NULL);
	json_set(row, "sideways", sideways);
	return row;
}

json_t *api_model_group_info(struct api_call *call, struct error *err)
{
	const char *wanted = api_query(call, "model_group");
	json_t *answer, *data;

	data = json_array();
	for (size_t i = 0; i < catalog_group_count(call->catalog); i++) {
		const struct group *group = catalog_group_at(call->catalog, i);

		if (is_shown(call, group) && (!wanted || strcmp(wanted, group->name) == 0))
			json_append(data, group_json(call, group));
	}
	answer = json_object();
	json_set(answer, "data", data);
	return answer;
}
