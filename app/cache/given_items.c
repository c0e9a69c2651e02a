/*
 * Keeping items, and putting them back.  See the header.
 */
#include "cache/given_items.h"

#include <sodium.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "cache/answer_cache.h"

#include "base/banned.h"

#define SEAL_PURPOSE "sideways kept items"
#define KEPT_AS      "sideways/item"
/* An item may be about to be committed, here or in another process: pauses double up to this one,
 * 2.5 s in all, which a disk that is busy needs. */
#define LONGEST_LOOK_MS 1280
#define BODY_MAX        ((size_t)256 << 20)
#define ID_MAX          256

_Static_assert(
    sizeof((struct given_items *)0)->seal == crypto_secretbox_KEYBYTES, "of a secretbox");

void given_items_init(struct given_items *items, struct store *store,
    const struct settings *settings, const char *key_id, const char *secret, struct arena *arena)
{
	*items = (struct given_items){
		.store = store,
		.settings = &settings->cache,
		.arena = arena,
		.key_id = key_id,
		.keep_ms = settings->keep_items_ms,
	};
	(void)crypto_generichash(items->seal, sizeof items->seal, (const unsigned char *)secret,
	    strlen(secret), (const unsigned char *)SEAL_PURPOSE, sizeof SEAL_PURPOSE - 1);
}

static const char *given_items_hash_of(const struct given_items *items, const char *id)
{
	const char *name = arena_printf(items->arena, "item %s %s", items->key_id, id);

	return arena_copy(items->arena, digest_sha256(name, strlen(name)).text);
}

/* ---- sealed ---- */

static struct slice sealed(const struct given_items *items, struct slice text)
{
	size_t len = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + text.len;
	unsigned char *bytes = arena_alloc(items->arena, len);

	digest_random(bytes, crypto_secretbox_NONCEBYTES);
	(void)crypto_secretbox_easy(bytes + crypto_secretbox_NONCEBYTES,
	    (const unsigned char *)text.ptr, text.len, bytes, items->seal);
	return base64_encode((struct slice){ (const char *)bytes, len }, items->arena);
}

static struct slice opened(const struct given_items *items, struct slice text)
{
	struct slice none = { NULL, 0 }, bytes = base64_decode(text, items->arena);
	size_t around = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
	unsigned char *out;

	if (!bytes.ptr || bytes.len < around)
		return none;
	out = arena_alloc(items->arena, bytes.len - around + 1);
	if (crypto_secretbox_open_easy(out,
		(const unsigned char *)bytes.ptr + crypto_secretbox_NONCEBYTES,
		bytes.len - crypto_secretbox_NONCEBYTES, (const unsigned char *)bytes.ptr,
		items->seal) != 0)
		return none;
	return (struct slice){ (const char *)out, bytes.len - around };
}

/* ---- kept ---- */

static void given_items_keep(const struct given_items *items, struct slice item)
{
	const char *id;
	struct cached_answer kept = { .stored_ms = clock_wall_ms(), .content_type = KEPT_AS };

	if (json_scan_type(item) != JSON_MAP)
		return;
	id = json_as_text(json_member(item, "id"), items->arena);
	if (!id || !*id || strlen(id) > ID_MAX)
		return;
	kept.request_id = "";
	kept.body = sealed(items, item);
	answer_cache_keep(
	    items->store, items->settings, given_items_hash_of(items, id), &kept, items->keep_ms);
}

void given_items_event(struct given_items *items, const char *name, struct slice data)
{
	static const char done[] = "response.output_item.done";

	if (items->wanted && (!*name || strcmp(name, done) == 0) &&
	    json_text_is(json_member(data, "type"), done))
		given_items_keep(items, json_member(data, "item"));
}

void given_items_answer(struct given_items *items, struct slice body)
{
	if (!items->wanted)
		return;
	for (struct json_cursor item = json_cursor(json_member(body, "output")); json_next(&item);)
		given_items_keep(items, item.value);
}

/* ---- found ---- */

static bool given_items_find(const struct given_items *items, const char *id, struct slice *out)
{
	struct cached_answer kept;

	if (!answer_cache_find(items->store, items->settings, given_items_hash_of(items, id),
		clock_wall_ms(), 0, items->arena, &kept))
		return false;
	*out = opened(items, kept.body);
	return out->ptr != NULL;
}

/* The turn before may have ended a moment ago: changes are on disk some milliseconds later. */
static bool find_patiently(const struct given_items *items, const char *id, struct slice *out)
{
	for (int pause_ms = 10; pause_ms <= LONGEST_LOOK_MS; pause_ms *= 2) {
		if (given_items_find(items, id, out))
			return true;
		clock_sleep_ms(pause_ms);
	}
	return given_items_find(items, id, out);
}

static bool is_reference(struct slice item)
{
	struct slice type;

	if (json_scan_type(item) != JSON_MAP)
		return false;
	type = json_member(item, "type");
	/* An id alone is one too, says OpenAI's description. */
	return json_text_is(type, "item_reference") ||
	       (json_scan_type(type) <= JSON_NIL && !json_member(item, "role").ptr &&
		   json_scan_type(json_member(item, "id")) == JSON_TEXT);
}

static int put_item(
    const struct given_items *items, struct slice item, struct text *json, struct error *err)
{
	struct slice found = item;
	const char *id;

	if (is_reference(item)) {
		id = json_as_text(json_member(item, "id"), items->arena);
		if (!id || !items->keep_ms || !find_patiently(items, id, &found))
			return error_set(err, ERROR_UNSUPPORTED,
			    "input: the item '%.80s' is not kept here, or no longer; send the "
			    "items themselves, as SDKs do with store: false",
			    id ? id : "");
	}
	json_put_raw(json, found);
	return 0;
}

static int given_items_put_input(
    const struct given_items *items, struct slice input, struct text *json, struct error *err)
{
	text_putc(json, '[');
	for (struct json_cursor item = json_cursor(input); json_next(&item);)
		if (put_item(items, item.value, json, err) != 0)
			return -1;
	json_write(json, "]");
	return 0;
}

static bool has_reference(struct slice input)
{
	if (json_scan_type(input) != JSON_LIST)
		return false;
	for (struct json_cursor item = json_cursor(input); json_next(&item);)
		if (is_reference(item.value))
			return true;
	return false;
}

int given_items_resolve(
    struct given_items *items, struct slice body, struct slice *out, struct error *err)
{
	AUTO_TEXT struct text json = text_empty(BODY_MAX);
	struct slice input;

	*out = body;
	/* What is no JSON is refused by who reads it. */
	if (json_scan_check(body, NULL) != 0 || json_scan_type(body) != JSON_MAP)
		return 0;
	items->wanted = items->keep_ms > 0 && !slice_is(json_member(body, "store"), "false");
	input = json_member(body, "input");
	if (!has_reference(input))
		return 0;
	text_add(&json, body.ptr, (size_t)(input.ptr - body.ptr));
	if (given_items_put_input(items, input, &json, err) != 0)
		return -1;
	text_add(
	    &json, input.ptr + input.len, (size_t)(body.ptr + body.len - (input.ptr + input.len)));
	if (text_failed(&json))
		return error_set(err, ERROR_TOO_LARGE, "the input with its items is too large");
	*out = (struct slice){ arena_copy_slice(items->arena, text_slice(&json)), json.len };
	return 0;
}
