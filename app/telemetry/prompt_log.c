/*
 * Sealing and opening prompts.  See the header.
 */
#include "telemetry/prompt_log.h"

#include <sodium.h>
#include <string.h>

#include "base/base64.h"
#include "base/digest.h"

#include "base/banned.h"

#define DAY_MS INT64_C(86400000)
#define NONCE  crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG    crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY    crypto_aead_xchacha20poly1305_ietf_KEYBYTES

static void prompt_log_key(const char *secret, unsigned char *out)
{
	static const char word[] = "sideways prompt key";

	(void)crypto_generichash(out, KEY, (const unsigned char *)secret, strlen(secret),
	    (const unsigned char *)word, sizeof word - 1); /* fails only for other lengths of key */
}

static bool is_wanted(
    const struct prompt_settings *settings, const char *key_id, const char *key_alias)
{
	for (size_t i = 0; i < settings->key_count; i++) {
		const char *key = settings->keys[i];

		if (strcmp(key, "*") == 0 || strcmp(key, key_id) == 0 ||
		    (key_alias && strcmp(key, key_alias) == 0))
			return true;
	}
	return false;
}

static const char *prompt_log_sealed(
    const char *secret, const char *request_id, struct slice plain, struct arena *arena)
{
	unsigned char *bytes = arena_alloc(arena, NONCE + plain.len + TAG), key[KEY];
	struct slice box = { (const char *)bytes, NONCE + plain.len + TAG };

	prompt_log_key(secret, key);
	digest_random(bytes, NONCE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + NONCE, NULL,
	    (const unsigned char *)plain.ptr, plain.len, (const unsigned char *)request_id,
	    strlen(request_id), NULL, bytes, key); /* says 0 always */
	explicit_bzero(key, sizeof key);
	return base64_encode(box, arena).ptr;
}

static bool open_sealed(const char *secret, const char *request_id, const char *text,
    struct arena *arena, struct slice *out)
{
	struct slice box = base64_decode(slice_of(text), arena);
	unsigned char key[KEY], *plain;
	bool good;

	if (box.len < NONCE + TAG)
		return false;
	plain = arena_alloc(arena, box.len - NONCE - TAG + 1);
	prompt_log_key(secret, key);
	good = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
		   (const unsigned char *)box.ptr + NONCE, box.len - NONCE,
		   (const unsigned char *)request_id, strlen(request_id),
		   (const unsigned char *)box.ptr, key) == 0;
	explicit_bzero(key, sizeof key);
	*out = (struct slice){ (const char *)plain, box.len - NONCE - TAG };
	return good;
}

void prompt_log_into(struct change *change, const struct prompt_settings *settings,
    const char *request_id, const char *key_id, const char *key_alias, struct slice body,
    int64_t now_ms)
{
	AUTO_ARENA struct arena arena = { 0 };

	if (!settings || !body.ptr || !is_wanted(settings, key_id, key_alias))
		return;
	change_add(change, SQL_PROMPT_KEEP);
	change_bind(change, ":request_id", request_id, ":key_id", key_id, ":until_ms",
	    now_ms + settings->days * DAY_MS, ":bytes", (int64_t)body.len, ":sealed",
	    prompt_log_sealed(
		settings->secret, request_id, slice_beginning(body, PROMPT_BYTES_MAX), &arena));
}

int prompt_log_find(struct store *store, const struct prompt_settings *settings,
    const char *request_id, int64_t now_ms, struct arena *arena, struct kept_prompt *out,
    struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_PROMPT_FIND, err);
	const char *text = NULL;
	int result;

	statement_bind(s, ":request_id", request_id, ":now_ms", now_ms);
	result = statement_step(s, err);
	if (result == 1) {
		*out =
		    (struct kept_prompt){ statement_int(s, 0), statement_int(s, 1), { NULL, 0 } };
		text = settings ? arena_copy(arena, statement_text(s, 2)) : NULL;
	}
	if (text && (!settings->secret ||
			!open_sealed(settings->secret, request_id, text, arena, &out->text)))
		return error_set(err, ERROR_SETTINGS,
		    "the prompt does not open: it was sealed with another SIDEWAYS_PROMPT_KEY than "
		    "the one that is set now");
	return result;
}

int prompt_log_forget(
    struct store *store, const char *request_id, bool of_key, int *out_count, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();
	int result;

	change_add(change, of_key ? SQL_PROMPT_FORGET_KEY : SQL_PROMPT_FORGET);
	change_bind(change, ":request_id", request_id);
	result = store_apply(store, change, err);
	*out_count = result == 0 ? change_rows(change, 0) : 0;
	return result;
}

void prompt_log_trim_into(struct change *change, int64_t now_ms, int most)
{
	change_add(change, SQL_PROMPT_EXPIRE);
	change_bind(change, ":now_ms", now_ms, ":most", most);
}
