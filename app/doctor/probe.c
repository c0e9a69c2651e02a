/*
 * The token of /health/doctor.  See the header.
 */
#include "doctor/probe.h"

#include <string.h>

#include "base/arena.h"

#include "base/banned.h"

struct digest_hex doctor_probe_token(const struct settings *settings)
{
	AUTO_ARENA struct arena arena = { 0 };
	const char *text;

	text = arena_printf(&arena, "sideways doctor %s", settings->digest);
	return digest_sha256(text, strlen(text));
}
