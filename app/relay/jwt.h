#ifndef RELAY_JWT_H
#define RELAY_JWT_H

/*
 * What a service account of Google's shows for an access token: a JSON Web Token signed by RS256.
 */
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct jwt_claims {
	const char *email, *key_id, *private_key; /* of its file; the key is PEM */
	int64_t issued_s;                         /* seconds since 1970 */
};

/* NULL and err when the key is none. */
char *jwt_for_google(const struct jwt_claims *claims, struct arena *arena, struct error *err);

#endif
