/*
 * Hashes, random bytes and ids.  See the header.
 */
#include "base/digest.h"

#include <errno.h>
#define OPENSSL_SUPPRESS_DEPRECATED /* the plain functions: OpenSSL's engine need not start */
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#include "base/banned.h"

static void end_process(const char *event, const char *why)
{
	log_event(LOG_ERROR, event, "%s", why);
	_exit(70);
}

struct digest_hex digest_sha256(const char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[32];
	struct digest_hex out;
	SHA256_CTX hash;

	if (SHA256_Init(&hash) != 1 || SHA256_Update(&hash, bytes, len) != 1 ||
	    SHA256_Final(raw, &hash) != 1)
		end_process("digest", "OpenSSL cannot hash");
	for (size_t i = 0; i < sizeof raw; i++) {
		out.text[2 * i] = digits[raw[i] >> 4];
		out.text[2 * i + 1] = digits[raw[i] & 15];
	}
	out.text[64] = '\0';
	return out;
}

void digest_random(void *out, size_t size_bytes)
{
	unsigned char *at = out;

	while (size_bytes > 0) {
		ssize_t got = getrandom(at, size_bytes, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			end_process("random", "the kernel gives no random bytes");
		at += got;
		size_bytes -= (size_t)got;
	}
}

uint32_t digest_random_below(uint32_t below)
{
	uint32_t value;

	if (below <= 1)
		return 0;
	digest_random(&value, sizeof value);
	return (uint32_t)((uint64_t)value * below >>
			  32); /* a bias below 2^-32 * below: nothing for jitter */
}

bool digest_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
	struct digest_hex left = digest_sha256(a, a_len), right = digest_sha256(b, b_len);

	return CRYPTO_memcmp(left.text, right.text, sizeof left.text) == 0 && a_len == b_len;
}

static const char id_alphabet[] =
    "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's base 32, ordered */

struct digest_id digest_first_id(int64_t wall_ms)
{
	uint64_t time_ms = wall_ms > 0 ? (uint64_t)wall_ms : 0;
	struct digest_id id;

	if (time_ms >= UINT64_C(1) << 50)
		time_ms = (UINT64_C(1) << 50) - 1;
	for (int i = 9; i >= 0; i--, time_ms >>= 5)
		id.text[i] = id_alphabet[time_ms & 31];
	memset(id.text + 10, '0', 16);
	id.text[26] = '\0';
	return id;
}

int64_t digest_id_time(const char *id)
{
	int64_t time_ms = 0;

	if (strnlen(id, sizeof(struct digest_id)) != sizeof(struct digest_id) - 1)
		return 0;
	for (int i = 0; id[i]; i++) {
		const char *at = strchr(id_alphabet, id[i]);

		if (!at)
			return 0;
		if (i < 10)
			time_ms = time_ms * 32 + (at - id_alphabet);
	}
	return time_ms;
}

#define ID_RANDOM_BYTES 10

/* Random bytes for the thread's next ids: the kernel is asked once for 25 of them. */
static _Thread_local struct {
	unsigned char bytes[25 * ID_RANDOM_BYTES];
	size_t left; /* the first of bytes; what lies behind them has been given out */
} for_ids;

/* A child process is this thread's copy, and must not give out what its parent will. */
static void forget_ids(void)
{
	for_ids.left = 0;
}

static void forget_ids_at_fork(void)
{
	if (pthread_atfork(NULL, NULL, forget_ids) != 0)
		end_process("random", "there is no memory to watch for forks");
}

static const unsigned char *random_for_id(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (for_ids.left == 0) {
		pthread_once(&once, forget_ids_at_fork);
		digest_random(for_ids.bytes, sizeof for_ids.bytes);
		for_ids.left = sizeof for_ids.bytes;
	}
	for_ids.left -= ID_RANDOM_BYTES;
	return for_ids.bytes + for_ids.left;
}

static struct digest_id digest_id_of(int64_t wall_ms, const unsigned char *random)
{
	struct digest_id id = digest_first_id(wall_ms);

	for (int half = 0; half < 2; half++) {
		uint64_t bits = 0;

		for (int i = 0; i < 5; i++)
			bits = bits << 8 | *random++;
		for (int i = 0; i < 8; i++, bits >>= 5)
			id.text[10 + half * 8 + i] = id_alphabet[bits & 31];
	}
	return id;
}

struct digest_id digest_new_id(void)
{
	return digest_id_of(clock_wall_ms(), random_for_id());
}

struct digest_id digest_id_from(int64_t wall_ms, const char *hash)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[10];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)((strchr(hex, hash[2 * i]) - hex) << 4 |
					   (strchr(hex, hash[2 * i + 1]) - hex));
	return digest_id_of(wall_ms, bytes);
}

struct digest_secret digest_new_secret(void)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	struct digest_secret secret;
	size_t made = 0;

	while (made < sizeof secret.text - 1) {
		unsigned char random[64];

		digest_random(random, sizeof random);
		for (size_t i = 0; i < sizeof random && made < sizeof secret.text - 1; i++)
			if (random[i] < 248) /* 4 * 62, so that every letter is as likely */
				secret.text[made++] = alphabet[random[i] % 62];
		explicit_bzero(random, sizeof random);
	}
	secret.text[made] = '\0';
	return secret;
}
