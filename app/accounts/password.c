/*
 * Argon2id.  See the header.  OWASP's least is 19 MiB and 2 passes; 64 MiB and 3 passes take about
 * 0.1 s here.
 */
#include "accounts/password.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/banned.h"

#define MEMORY_BYTES ((size_t)64 << 20)
#define PASSES       3

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "room for libsodium's text");

/* Guards the memory, not data. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

int password_hash(const char *password, char out[PASSWORD_HASH_SIZE], struct error *err)
{
	int failed = sodium_init() < 0;

	if (!failed) {
		pthread_mutex_lock(&one_at_a_time);
		failed = crypto_pwhash_str_alg(out, password, strlen(password), PASSES,
		    MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
		pthread_mutex_unlock(&one_at_a_time);
	}
	if (failed)
		return error_set(err, ERROR_INTERNAL,
		    "the password could not be hashed; it takes 64 MiB of memory");
	return 0;
}

bool password_fits(const char *hash, const char *password, bool *out_old)
{
	char scratch[PASSWORD_HASH_SIZE];
	bool fits;

	*out_old = false;
	if (!hash) {
		(void)password_hash(password, scratch, NULL); /* for the time it takes */
		return false;
	}
	if (sodium_init() < 0)
		return false;
	pthread_mutex_lock(&one_at_a_time);
	fits = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
	pthread_mutex_unlock(&one_at_a_time);
	*out_old = fits && crypto_pwhash_str_needs_rehash(hash, PASSES, MEMORY_BYTES) != 0;
	return fits;
}
