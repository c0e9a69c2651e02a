/*
 * Tokens in the store, sealed.  See cloud_access.h for why.
 *
 * The key is made of the secret that bought the token, and so is the row's name, each with a word
 * of its own in front: neither tells the other, nor the secret.
 */
#include <sodium.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "relay/cloud_access.h"

#include "base/banned.h"

#define TOKENS_MAX ((size_t)64 << 10)
#define AHEAD_MS   225000

static struct digest_hex row_name(const char *identity, const char *sealer, struct arena *arena)
{
	const char *text = arena_printf(arena, "sideways token row\n%s\n%s", identity, sealer);

	return digest_sha256(text, strlen(text));
}

static bool make_key(const char *sealer, unsigned char *out)
{
	static const char word[] = "sideways token key";

	return crypto_generichash(out, crypto_secretbox_KEYBYTES, (const unsigned char *)sealer,
		   strlen(sealer), (const unsigned char *)word, sizeof word - 1) == 0;
}

static struct slice as_json(const struct cloud_keys *keys, struct text *json)
{
	const struct cloud_grant *grant = &keys->grant;
	const struct {
		const char *name, *value;
	} members[] = { { "token", grant->token }, { "quota_project", grant->quota_project },
		{ "key_id", grant->key_id }, { "secret", grant->secret },
		{ "session_token", grant->session_token } };

	json_write(json, "{");
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (members[i].value)
			json_write(json, "%:%", members[i].name, members[i].value);
	json_write(json, "until_ms:%}", keys->until_ms);
	return text_slice(json);
}

static const char *sealed(const struct cloud_keys *keys, struct arena *arena)
{
	unsigned char key[crypto_secretbox_KEYBYTES];
	AUTO_TEXT struct text json = text_empty(TOKENS_MAX);
	struct slice plain, box;
	unsigned char *bytes;

	plain = as_json(keys, &json);
	if (text_failed(&json) || !make_key(keys->sealer, key))
		return NULL;
	bytes =
	    arena_alloc(arena, crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.len);
	digest_random(bytes, crypto_secretbox_NONCEBYTES);
	(void)crypto_secretbox_easy(bytes + crypto_secretbox_NONCEBYTES,
	    (const unsigned char *)plain.ptr, plain.len, bytes, key); /* says 0 always */
	box = (struct slice){ (const char *)bytes,
		crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.len };
	explicit_bzero(key, sizeof key);
	explicit_bzero(json.bytes, json.len);
	return base64_encode(box, arena).ptr;
}

static struct slice opened(const char *text, const char *sealer, struct arena *arena)
{
	const size_t more = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
	struct slice box = base64_decode(slice_of(text), arena);
	unsigned char key[crypto_secretbox_KEYBYTES], *plain;
	bool good;

	if (box.len <= more || !make_key(sealer, key))
		return (struct slice){ NULL, 0 };
	plain = arena_alloc(arena, box.len - more + 1);
	good = crypto_secretbox_open_easy(plain,
		   (const unsigned char *)box.ptr + crypto_secretbox_NONCEBYTES,
		   box.len - crypto_secretbox_NONCEBYTES, (const unsigned char *)box.ptr, key) == 0;
	explicit_bzero(key, sizeof key);
	return good ? (struct slice){ (const char *)plain, box.len - more }
		    : (struct slice){ NULL, 0 };
}

static bool read_json(struct slice json, struct arena *arena, struct cloud_keys *out)
{
	if (json_scan_check(json, NULL) != 0 || json_scan_type(json) != JSON_MAP ||
	    !json_as_int(json_member(json, "until_ms"), &out->until_ms))
		return false;
	out->grant = (struct cloud_grant){ json_as_text(json_member(json, "token"), arena),
		json_as_text(json_member(json, "quota_project"), arena),
		json_as_text(json_member(json, "key_id"), arena),
		json_as_text(json_member(json, "secret"), arena),
		json_as_text(json_member(json, "session_token"), arena) };
	return out->grant.token || out->grant.secret;
}

static const char *sealed_row(struct run *run, const char *name)
{
	struct store *store = run->call->store;
	AUTO_READ struct statement *s = store_read(store, SQL_CLOUD_TOKEN_FIND, NULL);
	const char *text = NULL;

	statement_bind(s, ":name", name, ":least_ms", clock_wall_ms() + AHEAD_MS);
	if (statement_step(s, NULL) == 1)
		text = arena_copy(run->arena, statement_text(s, 0));
	return text;
}

bool cloud_tokens_find(
    struct run *run, const char *identity, const char *sealer, struct cloud_keys *out)
{
	struct digest_hex name = row_name(identity, sealer, run->arena);
	const char *text = sealed_row(run, name.text);

	return text && read_json(opened(text, sealer, run->arena), run->arena, out);
}

static struct digest_hex hash_of(const char *token)
{
	return digest_sha256(token, strlen(token));
}

/* Without it the next process buys one more, so a failure is no harm. */
void cloud_tokens_keep(struct run *run, const char *identity, const struct cloud_keys *keys)
{
	struct digest_hex name = row_name(identity, keys->sealer, run->arena);
	const char *token = keys->grant.token ? keys->grant.token : keys->grant.session_token;
	const char *box = token ? sealed(keys, run->arena) : NULL;

	if (!box)
		return;
	AUTO_CHANGE struct change *change = change_new();
	change_add(change, SQL_CLOUD_TOKEN_EXPIRE);
	change_bind(change, ":now_ms", clock_wall_ms());
	change_add(change, SQL_CLOUD_TOKEN_KEEP);
	change_bind(change, ":name", name.text, ":hash", hash_of(token).text, ":until_ms",
	    keys->until_ms, ":sealed", box);
	(void)store_apply(run->call->store, change, NULL); /* see above */
}

void cloud_tokens_forget(struct run *run, const char *token)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_CLOUD_TOKEN_FORGET);
	change_bind(change, ":hash", hash_of(token).text);
	(void)store_apply(run->call->store, change, NULL); /* then it is refused once more */
}
