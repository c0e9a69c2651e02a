/*
 * See the header; claims as google-auth 2.63.0 makes them (2026-11-29): aud is this constant also
 * where token_uri is elsewhere.
 */
#include "relay/jwt.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64.h"
#include "base/json_write.h"

#include "base/banned.h"

#define AUDIENCE   "https://oauth2.googleapis.com/token"
#define SCOPE      "https://www.googleapis.com/auth/cloud-platform"
#define LIFETIME_S 3600

static const char *base64url(struct slice bytes, struct arena *arena)
{
	struct slice text = base64_encode(bytes, arena);
	char *out = arena_copy_slice(arena, text);

	for (char *c = out; *c; c++) {
		if (*c == '=') {
			*c = '\0';
			break;
		}
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	}
	return out;
}

static const char *header_of(const struct jwt_claims *claims, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(4096);

	json_write(&json, "{alg:'RS256', typ:'JWT'");
	if (claims->key_id)
		json_write(&json, "kid:%", claims->key_id);
	json_write(&json, "}");
	return base64url(text_slice(&json), arena);
}

static const char *payload_of(const struct jwt_claims *claims, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(4096);

	json_write(&json, "{iss:%, scope:%, aud:%, iat:%, exp:%}", claims->email, SCOPE, AUDIENCE,
	    claims->issued_s, claims->issued_s + LIFETIME_S);
	return base64url(text_slice(&json), arena);
}

static EVP_PKEY *key_of_pem(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	/* A password would be asked for on the terminal; "" is none. */
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : NULL;

	BIO_free(bio);
	return key;
}

/* {NULL, 0}: the key does not sign. */
static struct slice sign(EVP_PKEY *key, const char *text, struct arena *arena)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t len = (size_t)EVP_PKEY_get_size(key);
	unsigned char *out = arena_alloc(arena, len + 1);
	bool good = md && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
		    EVP_DigestSign(md, out, &len, (const unsigned char *)text, strlen(text)) == 1;

	EVP_MD_CTX_free(md);
	return good ? (struct slice){ (const char *)out, len } : (struct slice){ NULL, 0 };
}

char *jwt_for_google(const struct jwt_claims *claims, struct arena *arena, struct error *err)
{
	const char *text =
	    arena_printf(arena, "%s.%s", header_of(claims, arena), payload_of(claims, arena));
	EVP_PKEY *key = key_of_pem(claims->private_key);
	struct slice signature = { NULL, 0 };

	if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		signature = sign(key, text, arena);
	EVP_PKEY_free(key);
	if (!signature.ptr) {
		(void)error_set(
		    err, ERROR_SETTINGS, "vertex_credentials: private_key is no RSA key in PEM");
		return NULL;
	}
	return arena_printf(arena, "%s.%s", text, base64url(signature, arena));
}
