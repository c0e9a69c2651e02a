#ifndef ACCOUNTS_PASSWORD_H
#define ACCOUNTS_PASSWORD_H

/*
 * Password hashes: argon2id by libsodium, with parameters and salt in the text, so that they can
 * grow and old ones stay good.  Thread-safe; one is computed at a time in a process, because each
 * takes 64 MiB.
 */
#include <stdbool.h>

#include "base/error.h"

#define PASSWORD_HASH_SIZE 128 /* crypto_pwhash_STRBYTES */

int password_hash(const char *password, char out[PASSWORD_HASH_SIZE], struct error *err);

/* Does it fit?  hash NULL takes the same time and is false.  *out_old: made with smaller parameters
 * than today's. */
bool password_fits(const char *hash, const char *password, bool *out_old);

#endif
