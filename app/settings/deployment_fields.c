/*
 * Headers, parameters, long-context prices and the model's name of a deployment.
 */
#include "settings/deployment_fields.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "settings/address.h"
#include "settings/cloud_names.h"
#include "settings/unset_variables.h"
#include "settings/values.h"
#include "settings/yaml_json.h"

#include "base/banned.h"

#define A_DOLLAR_PICO INT64_C(1000000000000)

static void pair_add(struct reading *r, struct settings_pairs *pairs, const char *name, char *value,
    struct origin origin)
{
	for (size_t i = 0; i < pairs->count; i++) {
		if (strcmp(pairs->items[i].name, name) == 0) {
			pairs->items[i].value = value;
			pairs->items[i].origin = origin;
			return;
		}
	}
	struct settings_pair *pair =
	    arena_grow(r->arena, &pairs->items, &pairs->count, sizeof *pair);
	*pair = (struct settings_pair){
		.name = arena_copy(r->arena, name), .value = value, .origin = origin
	};
}

/* Of a list the first; model_list makes the other deployments. */
void deployment_organization(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct deployment *deployment = base;
	if (node->kind == YAML_IS_LIST && node->count > 0)
		node = node->entries[0].value;
	(void)value_ascii(r, label, node, false, &deployment->organization);
}

static const char *header_fault(const char *name)
{
	static const char *const reserved[] = { "host", "content-length", "transfer-encoding",
		"connection", "expect", "te", "trailer", "upgrade" };
	if (!*name ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")])
		return "is not the name of a header";
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
		if (strcasecmp(name, reserved[i]) == 0)
			return "is set by the gateway itself";
	}
	return NULL;
}

/* Also "Bearer os.environ/NAME", as LiteLLM has it in pass_through_endpoints (1.110.2). */
static bool header_value(
    struct reading *r, const char *label, const struct yaml_node *node, char **out)
{
	const char *variable =
	    node->kind == YAML_IS_TEXT ? strstr(node->text, "os.environ/") : NULL;
	struct yaml_node reference = *node;
	char *value;

	if (!variable || variable == node->text)
		return value_ascii(r, label, node, true, out);
	reference.text = (char *)variable;
	if (!value_ascii(r, label, &reference, true, &value))
		return false;
	*out = arena_printf(r->arena, "%.*s%s", (int)(variable - node->text), node->text, value);
	return true;
}

void deployment_headers(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct deployment *deployment = base;
	if (node->kind != YAML_IS_MAP) {
		(void)value_fault(
		    r, label, node->origin, "expected a map of header names and values");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_entry *entry = &node->entries[i];
		const char *fault = header_fault(entry->key);
		const char *name = arena_printf(r->arena, "%s.%s", label, entry->key);
		char *value;
		if (fault)
			(void)value_fault(r, label, entry->origin, "'%s' %s", entry->key, fault);
		else if (header_value(r, name, entry->value, &value)) {
			if (!strstr(entry->value->text, "os.environ/"))
				address_warn_written_named(r, name, entry->key, entry->value);
			pair_add(r, &deployment->extra_headers, entry->key, value, entry->origin);
		}
	}
}

/* A name, or a list of them. */
static void add_names(struct reading *r, const char *label, const struct yaml_node *node,
    struct settings_pairs *names)
{
	char *name;

	for (size_t i = 0; i < yaml_tree_count(node); i++)
		if (value_text(r, label, yaml_tree_item(node, i), &name))
			pair_add(r, names, name, NULL, node->origin);
}

void deployment_tags(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	add_names(r, label, node, &((struct deployment *)base)->tags);
}

void deployment_access_groups(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	add_names(r, label, node, &((struct deployment *)base)->access_groups);
}

/* Any text, also of many lines and empty. */
void deployment_mock_response(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct deployment *deployment = base;
	struct scalar scalar;
	if (!value_scalar(r, label, node, &scalar))
		return;
	deployment->mock_response = (char *)scalar.text;
	deployment->mock_response_set = true;
}

void deployment_extra_body(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct deployment *deployment = base;
	if (node->kind != YAML_IS_MAP) {
		(void)value_fault(r, label, node->origin, "expected a map of request fields");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_entry *entry = &node->entries[i];
		enum yaml_json_type type;
		char *json;
		if (yaml_json(r, label, entry->value, &json, &type))
			pair_add(r, &deployment->parameters, entry->key, json, entry->origin);
	}
}

void deployment_trait(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct deployment *deployment = base;
	const char *dot = strrchr(label, '.');
	struct scalar scalar;

	if (value_scalar(r, label, node, &scalar))
		pair_add(r, &deployment->traits, dot ? dot + 1 : label,
		    arena_copy(r->arena, scalar.text), node->origin);
}

void deployment_parameter(struct reading *r, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, void *base)
{
	struct deployment *deployment = base;
	enum yaml_json_type type;
	const char *wanted = NULL;
	char *json;
	if (!yaml_json(r, label, entry->value, &json, &type))
		return;
	if (row->type == TYPE_NUMBER_PARAMETER && type != YAML_JSON_NUMBER &&
	    type != YAML_JSON_WHOLE)
		wanted = "a number";
	else if (row->type == TYPE_WHOLE_PARAMETER && type != YAML_JSON_WHOLE)
		wanted = "a whole number";
	else if (row->type == TYPE_BOOL_PARAMETER && type != YAML_JSON_BOOL)
		wanted = "true or false";
	if (wanted) {
		struct scalar scalar;
		if (value_scalar(r, label, entry->value, &scalar))
			(void)value_fault(r, label, entry->value->origin, "%s is not %s",
			    value_shown(&scalar).text, wanted);
		return;
	}
	pair_add(r, &deployment->parameters, entry->key, json, entry->origin);
}

/* Several thresholds become one: from the lowest on, at the dearest price, so that a bound is never
 * too small. */
void deployment_long_price(struct reading *r, const char *label, const struct yaml_entry *entry,
    int64_t pico, int64_t *field, void *base)
{
	struct settings_prices *prices = &((struct deployment *)base)->prices;
	const char *above = strstr(entry->key, "_above_");
	int64_t tokens = strtoll(above + strlen("_above_"), NULL, 10) * 1000;
	if (prices->long_from_tokens != SETTING_UNSET && prices->long_from_tokens != tokens) {
		value_warn(r, label, entry->origin,
		    "another key says from %lld tokens on; the lower limit and the dearer price "
		    "count",
		    (long long)prices->long_from_tokens);
		if (tokens > prices->long_from_tokens)
			tokens = prices->long_from_tokens;
	}
	prices->long_from_tokens = tokens;
	if (*field == SETTING_UNSET || pico > *field)
		*field = pico;
}

static void dearer(int64_t *field, int64_t pico)
{
	if (pico != SETTING_UNSET && (*field == SETTING_UNSET || pico > *field))
		*field = pico;
}

/* A price of one range; SETTING_UNSET: it names none, or a wrong one, which is a problem. */
static int64_t range_price(
    struct reading *r, const char *label, const struct yaml_node *range, const char *key)
{
	const struct yaml_node *node = yaml_tree_get(range, key);
	int64_t pico = SETTING_UNSET;

	if (node)
		(void)value_decimal(r, arena_printf(r->arena, "%s.%s", label, key), node, 12,
		    A_DOLLAR_PICO, "dollars per token", &pico);
	return pico;
}

/* Of more ranges than there is room for the last step has the dearest. */
static void add_range(struct settings_prices *prices, const struct price_step *range)
{
	size_t i = 0;
	struct price_step *last = &prices->steps[PRICE_STEPS_MOST - 1];

	while (i < PRICE_STEPS_MOST && prices->steps[i].from_tokens)
		i++;
	if (i < PRICE_STEPS_MOST) {
		prices->steps[i] = *range;
		return;
	}
	dearer(&last->input_pico, range->input_pico);
	dearer(&last->output_pico, range->output_pico);
	dearer(&last->cache_read_pico, range->cache_read_pico);
}

/* The ranges beyond the first are steps, and together the long price: from the lowest on, at the
 * dearest. */
static void take_range(struct settings_prices *prices, const struct price_step *range)
{
	bool is_long = range->from_tokens > 0;

	if (is_long && (prices->long_from_tokens == SETTING_UNSET ||
			   range->from_tokens < prices->long_from_tokens))
		prices->long_from_tokens = range->from_tokens;
	dearer(is_long ? &prices->long_input_pico : &prices->input_pico, range->input_pico);
	dearer(is_long ? &prices->long_output_pico : &prices->output_pico, range->output_pico);
	dearer(is_long ? &prices->long_cache_read_pico : &prices->cache_read_pico,
	    range->cache_read_pico);
	if (is_long)
		add_range(prices, range);
}

static bool read_range(struct reading *r, const char *label, const struct yaml_node *item,
    struct settings_prices *prices)
{
	const struct yaml_node *range = yaml_tree_get(item, "range");
	struct price_step step = { .input_pico =
				       range_price(r, label, item, "input_cost_per_token"),
		.output_pico = range_price(r, label, item, "output_cost_per_token"),
		.cache_read_pico = range_price(r, label, item, "cache_read_input_token_cost") };

	if (!range || range->kind != YAML_IS_LIST || !range->count ||
	    !value_decimal(r, label, range->entries[0].value, 0, INT64_C(1000000000), "tokens",
		&step.from_tokens))
		return false;
	take_range(prices, &step);
	return true;
}

void deployment_tiered_pricing(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct deployment *deployment = base;
	bool good = node->kind == YAML_IS_LIST;

	for (size_t i = 0; good && i < node->count; i++)
		good = node->entries[i].value->kind == YAML_IS_MAP &&
		       read_range(r, label, node->entries[i].value, &deployment->prices);
	if (!good)
		(void)value_fault(r, label, node->origin,
		    "expected a list, such as - {range: [0, 32000], input_cost_per_token: 1e-7, "
		    "output_cost_per_token: 4e-7}");
}

/* What names of models begin with that have no provider before them; "=" is the whole name. */
struct family {
	const char *begins, *provider;
};

static const struct family families[] = {
	{ "gpt-", "openai" },
	{ "chatgpt-", "openai" },
	{ "text-embedding-00", "vertex_ai" },
	{ "text-multilingual-embedding-", "vertex_ai" },
	{ "text-embedding-", "openai" },
	{ "ft:", "openai" },
	{ "whisper-", "openai" },
	{ "tts-", "openai" },
	{ "dall-e-", "openai" },
	{ "omni-moderation-", "openai" },
	{ "computer-use-", "openai" },
	{ "sora-", "openai" },
	{ "babbage-", "openai" },
	{ "davinci-", "openai" },
	{ "=o1", "openai" },
	{ "o1-", "openai" },
	{ "=o3", "openai" },
	{ "o3-", "openai" },
	{ "=o4", "openai" },
	{ "o4-", "openai" },
	{ "claude-", "anthropic" },
	{ "gemini-", "gemini" },
	{ "deepseek-", "deepseek" },
	{ "mistral-", "mistral" },
	{ "codestral", "mistral" },
	{ "grok-", "xai" },
	{ "command", "cohere" },
	{ "embed-english-", "cohere" },
	{ "embed-multilingual-", "cohere" },
	{ "rerank-", "cohere" },
	{ "c4ai-", "cohere" },
};

/* Bedrock's names begin with their maker's, after a geography. */
static const char *const bedrock_makers[] = { "ai21.", "amazon.", "anthropic.", "cohere.",
	"deepseek.", "google.", "meta.", "minimax.", "mistral.", "moonshot.", "moonshotai.",
	"nvidia.", "openai.", "qwen.", "stability.", "twelvelabs.", "writer.", "xai.", "zai." };

static bool is_of(const struct family *family, const char *model)
{
	return family->begins[0] == '=' ? strcmp(model, family->begins + 1) == 0
					: slice_begins(slice_of(model), family->begins);
}

const char *deployment_family(const char *model)
{
	struct slice id = slice_of(model + cloud_geography(model));

	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (is_of(&families[i], model))
			return families[i].provider;
	for (size_t i = 0; i < sizeof bedrock_makers / sizeof bedrock_makers[0]; i++)
		if (slice_begins(id, bedrock_makers[i]))
			return "bedrock";
	return NULL;
}

/* A bare Gemini with a project or place of Vertex is Vertex's, as at LiteLLM. */
static const char *deployment_family_with(const struct cloud_settings *cloud, const char *model)
{
	const char *family = deployment_family(model);
	bool of_vertex = cloud->project || cloud->region || cloud->credentials;

	return family && of_vertex && strcmp(family, "gemini") == 0 ? "vertex_ai" : family;
}

/* "openai/responses/MODEL" is LiteLLM's way to say that a model is to be called by Responses. */
static void take_responses(struct reading *r, struct deployment *deployment)
{
	const char prefix[] = "responses/";
	size_t len = sizeof prefix - 1;

	if (!slice_begins(slice_of(deployment->model), prefix) || !deployment->model[len])
		return;
	deployment->model += len;
	deployment->mode = arena_copy(r->arena, "responses");
}

const char *deployment_provider(const char *name)
{
	static const struct {
		const char *other, *name;
	} names[] = { { "claude", "anthropic" }, { "ollama_chat", "ollama" },
		{ "text-completion-openai", "openai" }, { "custom_openai", "openai" },
		{ "openai_like", "openai" }, { "aiohttp_openai", "openai" },
		{ "azure_text", "azure" }, { "cohere_chat", "cohere" },
		{ "bedrock_converse", "bedrock" }, { "bedrock_mantle", "bedrock" },
		{ "vertex_ai_beta", "vertex_ai" } };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i].other) == 0)
			return names[i].name;
	return name;
}

bool deployment_split_model(struct reading *r, struct deployment *deployment, struct origin origin)
{
	char *model = deployment->model;
	const char *slash = strchr(model, '/');
	if (slice_begins(slice_of(model), UNSET_STAND_IN)) {
		deployment->fault = arena_printf(r->arena,
		    "its model is the variable %s, which is not set", strrchr(model, '/') + 1);
		deployment->model =
		    arena_printf(r->arena, "os.environ/%s", strrchr(model, '/') + 1);
		return false;
	}
	size_t before = slash ? (size_t)(slash - model) : 0;
	if (deployment->provider) {
		bool repeated = slash && strlen(deployment->provider) == before &&
				slice_begins(slice_of(model), deployment->provider);
		if (repeated)
			deployment->model = model + before + 1;
	} else if (slash) {
		deployment->provider = arena_copy_slice(r->arena, (struct slice){ model, before });
		deployment->model = model + before + 1;
	} else {
		deployment->provider = arena_copy(r->arena,
		    strcmp(model, "*") == 0 ? "*"
					    : deployment_family_with(&deployment->cloud, model));
	}
	if (!deployment->provider) {
		problems_add(r->problems, PROBLEM_ERROR, origin,
		    "litellm_params.model: '%.60s' names no provider; write provider/model, such "
		    "as openai/%.60s",
		    model, model);
		return false;
	}
	if (!*deployment->provider || !*deployment->model) {
		problems_add(r->problems, PROBLEM_ERROR, origin,
		    "litellm_params.model: '%.60s' is not provider/model, such as openai/gpt-4o",
		    model);
		return false;
	}
	take_responses(r, deployment);
	cloud_name_routes(r, deployment);
	deployment->provider = arena_copy(r->arena, deployment_provider(deployment->provider));
	return cloud_settle(r, deployment, origin);
}

/* ---- pass_through_endpoints ---- */

bool deployment_lists_method(const char *list, const char *method)
{
	size_t len = strlen(method);

	for (const char *at = list; len && (at = strstr(at, method)) != NULL; at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || at[len] == ','))
			return true;
	return false;
}

void deployment_methods(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct deployment *entry = base;
	const char *methods = NULL;
	char *word;

	if (node->kind != YAML_IS_LIST) {
		(void)value_fault(
		    r, label, node->origin, "expected a list of methods, such as [POST]");
		return;
	}
	for (size_t i = 0; i < node->count; i++) {
		if (!value_ascii(r, label, node->entries[i].value, false, &word))
			return;
		for (char *at = word; *at; at++)
			*at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
		if (!deployment_lists_method(DEPLOYMENT_METHODS, word)) {
			(void)value_fault(r, label, node->entries[i].value->origin,
			    "'%.20s' is none of " DEPLOYMENT_METHODS, word);
			return;
		}
		methods = methods ? arena_printf(r->arena, "%s, %s", methods, word) : word;
	}
	if (methods)
		entry->methods = methods;
}

void deployment_auth(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	bool wanted;

	if (value_bool(r, label, node, &wanted) && !wanted)
		value_warn(r, label, node->origin,
		    "a key is asked for all the same, since without one nobody pays");
}
