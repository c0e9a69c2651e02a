/*
 * What one key has spent, for its holder: asked for with the key itself, which is kept nowhere.
 * Nothing of others is shown: no team mates, no budgets but the key's own.
 */
#include <string.h>

#include "accounts/keys.h"
#include "base/json_build.h"
#include "panel/budget_bars.h"
#include "panel/pages.h"
#include "panel/request_words.h"
#include "panel/usage.h"
#include "views/view_keys.h"
#include "views/view_requests.h"

#include "base/banned.h"

#define LAST_REQUESTS 20

json_t *page_own_usage(struct page_call *call, struct error *err)
{
	return json_object();
}

static json_t *show(struct page_call *call, const char *id, struct error *err)
{
	struct request_filter last = { .key_id = id, .limit = LAST_REQUESTS };
	json_t *key = view_key(call->store, id, call->timezone, call->now_ms, err), *data, *chart;

	if (!key)
		return NULL;
	data = json_object();
	budget_bars(json_object_get(key, "budgets"), call->arena);
	json_set_bool(key, "all_models", json_array_size(json_object_get(key, "models")) == 0);
	json_set(data, "key", key);
	chart = usage_history(call, USAGE_BY_KEY, id, data, err);
	json_decref(chart); /* its columns lead to pages of the panel */
	return json_if(chart && request_words_add(call, &last, data, err) == 0, data);
}

json_t *page_own_usage_post(struct page_call *call, struct error *err)
{
	const char *secret = page_form(call, "key");
	struct virtual_key key;
	struct error why;

	if (page_fields(call, "key", err) < 0)
		return NULL;
	if (!call->store) {
		*err = call->store_error;
		return NULL;
	}
	if (secret && keys_authenticate(
			  call->store, secret, NULL, call->now_ms, call->arena, &key, &why) == 0)
		return show(call, key.id, err);
	if (secret && why.kind != ERROR_UNAUTHENTICATED) {
		*err = why;
		return NULL;
	}
	call->problem = "This is no key of this gateway, or it is blocked or has expired.";
	call->status = 401;
	return json_object();
}
