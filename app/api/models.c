/*
 * GET /v1/models and /v1/models/{id}: what this key may ask for.
 */
#include "api/api_error.h"
#include "api/routes.h"
#include "base/text.h"

#include "base/banned.h"

#define MODELS_MAX ((size_t)4 << 20) /* bytes of the list: some 30,000 models */

/* LiteLLM gives every model this time; clients that compare lists see no change when they move. */
#define CREATED_S 1677610602

struct listing {
	struct api *api;
	const struct web_request *request;
	struct catalog *catalog;
	struct virtual_key key;
};

static int begin(struct listing *listing, struct error *err)
{
	const struct web_request *request = listing->request;
	struct store *store;
	const char *credential;

	listing->catalog = gateway_catalog(&listing->api->gateway, err);
	store = listing->catalog ? gateway_store(&listing->api->gateway, err) : NULL;
	credential = store ? web_request_key(request, err) : NULL;
	if (!credential)
		return -1;
	return relay_authenticate(
	    store, listing->catalog, credential, request->arena, &listing->key, err);
}

static void add_model(struct text *json, const char *name, const struct group *group)
{
	const char *owner =
	    group->member_count ? group->members[0].deployment->provider : "sideways";

	text_puts(json, "{\"id\":");
	text_json_string(json, name, strlen(name));
	text_printf(json, ",\"object\":\"model\",\"created\":%d,\"owned_by\":", CREATED_S);
	text_json_string(json, owner, strlen(owner));
	text_putc(json, '}');
}

static void add_if_allowed(
    struct text *json, const struct listing *listing, const char *name, const struct group *group)
{
	if (!group || !keys_may_use(&listing->key, name))
		return;
	if (json->bytes[json->len - 1] != '[')
		text_putc(json, ',');
	add_model(json, name, group);
}

static void send_list(const struct listing *listing, struct web_reply *reply)
{
	const struct settings_pairs *aliases = &catalog_settings(listing->catalog)->aliases;
	AUTO_TEXT struct text json;

	text_init(&json, MODELS_MAX);
	text_puts(&json, "{\"object\":\"list\",\"data\":[");
	for (size_t i = 0; i < catalog_group_count(listing->catalog); i++) {
		const struct group *group = catalog_group_at(listing->catalog, i);

		add_if_allowed(&json, listing, group->name, group);
	}
	for (size_t i = 0; i < aliases->count; i++)
		add_if_allowed(&json, listing, aliases->items[i].name,
		    catalog_find(
			listing->catalog, aliases->items[i].name, listing->request->arena));
	text_puts(&json, "]}");
	web_reply_send(reply, "application/json", text_slice(&json));
}

void api_models(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct listing listing = { .api = ctx, .request = request };
	struct error err = { 0 };

	if (begin(&listing, &err) != 0)
		api_error_send(request, reply, &err, NULL);
	else
		send_list(&listing, reply);
	catalog_release(listing.catalog);
}

static void send_one(const struct listing *listing, const char *name, struct web_reply *reply)
{
	const struct group *group = catalog_find(listing->catalog, name, listing->request->arena);
	AUTO_TEXT struct text json = { .size = 0 };
	struct error err;

	if (!group || !keys_may_use(&listing->key, name)) {
		(void)error_set(&err, ERROR_MODEL_NOT_FOUND,
		    "the model '%.200s' does not exist or this key has no access to it", name);
		api_error_send(listing->request, reply, &err, NULL);
		return;
	}
	text_init(&json, MODELS_MAX);
	add_model(&json, name, group);
	web_reply_send(reply, "application/json", text_slice(&json));
}

void api_model(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct listing listing = { .api = ctx, .request = request };
	struct error err = { 0 };

	if (begin(&listing, &err) != 0)
		api_error_send(request, reply, &err, NULL);
	else
		send_one(&listing, arena_copy_slice(request->arena, parameter), reply);
	catalog_release(listing.catalog);
}
