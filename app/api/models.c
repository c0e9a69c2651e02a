/*
 * GET /v1/models, /v1beta/models and one of each: what this key may ask for.
 */
#include "api/routes.h"

#include <stdio.h>
#include <string.h>

#include "accounts/key_routes.h"
#include "api/api_error.h"
#include "api/wire_style.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/text.h"

#include "base/banned.h"

#define MODELS_MAX ((size_t)4 << 20) /* bytes of the list: some 30,000 models */

/* LiteLLM gives every model this time; clients that compare lists see no change when they move. */
#define MODEL_NAME_MAX 512
#define CREATED_S      1677610602

struct listing {
	struct api *api;
	const struct web_request *request;
	struct catalog *catalog;
	struct virtual_key key;
};

static int models_begin(struct listing *listing, struct error *err)
{
	const struct web_request *request = listing->request;
	struct store *store;
	const char *credential;

	listing->catalog = gateway_catalog(&listing->api->gateway, err);
	store = listing->catalog ? gateway_store(&listing->api->gateway, err) : NULL;
	credential = store ? web_request_key(request, err) : NULL;
	if (!credential)
		return -1;
	if (relay_authenticate(
		store, listing->catalog, credential, request->arena, &listing->key, err) != 0)
		return -1;
	return key_routes_check(&listing->key, request->path, request->arena, err);
}

/* One model in the client's shape. */
typedef void put_model(struct text *json, const char *name, const struct group *group);

/* What LiteLLM tells beside. */
static void put_about(struct text *json, const struct group *group)
{
	const struct member *first = group->member_count ? group->members : NULL;

	if (!first)
		return;
	json_write(json, "mode:%", member_mode(first));
	if (first->priced && first->price.max_input_tokens > 0)
		json_write(json, "max_input_tokens:%", first->price.max_input_tokens);
	if (first->priced && first->price.max_output_tokens > 0)
		json_write(json, "max_output_tokens:%", first->price.max_output_tokens);
}

/* An entry that OpenAI's and Anthropic's SDKs both read: they share the path. */
static void put_shared(struct text *json, const char *name, const struct group *group)
{
	const char *owner =
	    group->member_count ? group->members[0].deployment->provider : "sideways";

	json_write(json, "{id:%, object:'model', created:%, owned_by:%, type:'model'", name,
	    CREATED_S, owner);
	json_write(
	    json, "display_name:%, created_at:%", name, clock_iso((int64_t)CREATED_S * 1000).text);
	put_about(json, group);
	json_write(json, "}");
}

static void put_gemini(struct text *json, const char *name, const struct group *group)
{
	const struct price *price = group->member_count ? &group->members[0].price : NULL;
	char full[sizeof "models/" + MODEL_NAME_MAX];

	snprintf(full, sizeof full, "models/%s", name);
	json_write(json, "{name:%, displayName:%", full, name);
	if (price && price->max_input_tokens > 0)
		json_write(json, "inputTokenLimit:%", price->max_input_tokens);
	if (price && price->max_output_tokens > 0)
		json_write(json, "outputTokenLimit:%", price->max_output_tokens);
	json_write(json, "supportedGenerationMethods:['generateContent','streamGenerateContent','"
			 "countTokens']}");
}

/* A list as it is written; first and last of its names are Anthropic's. */
struct listed {
	struct text *json;
	put_model *put;
	const char *first, *last;
};

/* Can any of its deployments be called, before somebody changes the settings? */
static bool is_usable(const struct listing *listing, const struct group *group)
{
	for (size_t i = 0; i < group->member_count; i++) {
		const struct member *member = &group->members[i];

		if (member->provider && !member->fault &&
		    (listing->api->gateway.transport || !member_lacks_key(member)))
			return true;
	}
	return false;
}

/* An alias is listed where it is named itself, though whoever may use its model may ask for it. */
static bool may_see(const struct listing *listing, const char *name, const struct group *group)
{
	return strcmp(name, group->name) == 0 ? group_is_open_to(group, &listing->key, name)
					      : keys_may_use(&listing->key, name);
}

static void put_if_allowed(struct listed *listed, const struct listing *listing, const char *name,
    const struct group *group)
{
	if (!group || !may_see(listing, name, group) || !is_usable(listing, group))
		return;
	listed->put(listed->json, name, group);
	if (!listed->first)
		listed->first = name;
	listed->last = name;
}

/* A wildcard is told as the models that the price table has of that provider. */
static bool put_expanded(
    struct listed *listed, const struct listing *listing, const struct group *group)
{
	const struct member *member = group->member_count ? &group->members[0] : NULL;
	const char *star = strchr(group->name, '*'),
		   *filled = member ? strchr(member->model, '*') : NULL, *model;
	size_t at = 0;
	bool any = false;

	if (!star || star[1] || !filled || filled[1])
		return false;
	while ((model = price_table_next_model(
		    catalog_prices(listing->catalog), member->deployment->provider, &at))) {
		size_t front = (size_t)(filled - member->model);
		const char *name;

		if (strncmp(model, member->model, front) != 0)
			continue; /* it may be shorter */
		name = arena_printf(listing->request->arena, "%.*s%s", (int)(star - group->name),
		    group->name, model + front);
		put_if_allowed(listed, listing, name,
		    catalog_find(listing->catalog, name, listing->request->arena));
		any = true;
	}
	return any;
}

static void put_all(struct listed *listed, const struct listing *listing)
{
	const struct settings_pairs *aliases = &catalog_settings(listing->catalog)->aliases;

	for (size_t i = 0; i < catalog_group_count(listing->catalog); i++) {
		const struct group *group = catalog_group_at(listing->catalog, i);

		if (group->member_count && group->members[0].deployment->methods)
			continue; /* a path, not a model */
		if (!put_expanded(listed, listing, group))
			put_if_allowed(listed, listing, group->name, group);
	}
	for (size_t i = 0; i < aliases->count; i++)
		if (!aliases->items[i].hidden)
			put_if_allowed(listed, listing, aliases->items[i].name,
			    catalog_find(
				listing->catalog, aliases->items[i].name, listing->request->arena));
}

static void pair_text_or_null(struct text *json, const char *name, const char *value)
{
	if (value)
		json_write(json, "%:%", name, value);
	else
		json_write(json, "%:null", name);
}

static void send_list(const struct listing *listing, struct web_reply *reply)
{
	AUTO_TEXT struct text json = text_empty(MODELS_MAX);
	struct listed listed = { .json = &json, .put = put_shared };

	json_write(&json, "{object:'list', data:[");
	put_all(&listed, listing);
	json_write(&json, "], has_more:false");
	pair_text_or_null(&json, "first_id", listed.first);
	pair_text_or_null(&json, "last_id", listed.last);
	json_write(&json, "}");
	web_reply_send(reply, "application/json", text_slice(&json));
}

static void send_gemini_list(const struct listing *listing, struct web_reply *reply)
{
	AUTO_TEXT struct text json = text_empty(MODELS_MAX);
	struct listed listed = { .json = &json, .put = put_gemini };

	json_write(&json, "{models:[");
	put_all(&listed, listing);
	json_write(&json, "]}");
	web_reply_send(reply, "application/json", text_slice(&json));
}

static void send_one(
    const struct listing *listing, const char *name, put_model *put, struct web_reply *reply)
{
	const struct group *group = catalog_find(listing->catalog, name, listing->request->arena);
	AUTO_TEXT struct text json = text_empty(MODELS_MAX);
	struct error err;

	if (!group || !group_is_open_to(group, &listing->key, name)) {
		(void)error_set(&err, ERROR_MODEL_NOT_FOUND,
		    "the model '%.200s' does not exist or this key has no access to it", name);
		api_error_send(listing->request, reply, &err, NULL);
		return;
	}
	put(&json, name, group);
	web_reply_send(reply, "application/json", text_slice(&json));
}

static void answer_list(void *ctx, const struct web_request *request,
    void (*send)(const struct listing *listing, struct web_reply *reply), struct web_reply *reply)
{
	struct listing listing = { .api = ctx, .request = request };
	struct error err = { 0 };

	if (models_begin(&listing, &err) != 0)
		api_error_send(request, reply, &err, NULL);
	else
		send(&listing, reply);
	catalog_release(listing.catalog);
}

static void answer_one(void *ctx, const struct web_request *request, struct slice name,
    put_model *put, struct web_reply *reply)
{
	struct listing listing = { .api = ctx, .request = request };
	struct error err = { 0 };

	if (models_begin(&listing, &err) != 0)
		api_error_send(request, reply, &err, NULL);
	else
		send_one(&listing, arena_copy_slice(request->arena, name), put, reply);
	catalog_release(listing.catalog);
}

void api_models(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	answer_list(ctx, request,
	    wire_style_of(request) == WIRE_GEMINI ? send_gemini_list : send_list, reply);
}

void api_model(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	answer_one(ctx, request, parameter,
	    wire_style_of(request) == WIRE_GEMINI ? put_gemini : put_shared, reply);
}

void api_gemini_models(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	answer_list(ctx, request, send_gemini_list, reply);
}

void api_gemini_model(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	answer_one(ctx, request, parameter, put_gemini, reply);
}
