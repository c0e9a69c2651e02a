/*
 * Kinds of errors to statuses.  See the header.
 */
#include "relay/told_status.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/banned.h"

#define ANY (-1)

/* The first row that fits; without one it is the kind's status. */
static const struct {
	enum error_kind kind;
	int format;   /* enum wire_format_id, or ANY */
	int upstream; /* or ANY */
	int told;
} rows[] = {
	{ ERROR_BAD_REQUEST, ANY, 413, 413 },
	{ ERROR_BAD_REQUEST, ANY, 415, 415 },
	{ ERROR_BAD_REQUEST, ANY, 422, 422 },
	/* As the settings or the key want it (budget_status). */
	{ ERROR_BUDGET, ANY, 400, 400 },
	{ ERROR_BUDGET, ANY, 402, 402 },
	/* google-genai for Java asks five times in 30 s after a 429 of any form, once after 402. */
	{ ERROR_BUDGET, WIRE_GEMINI, 0, 402 },
	/* Anthropic's own; its SDKs and Claude Code wait and ask again. */
	{ ERROR_OVERLOADED, WIRE_ANTHROPIC, ANY, 529 },
};

static bool told_status_fits(int wanted, int have)
{
	return wanted == ANY || wanted == have;
}

/* Failures of the provider keep its status, by which SDKs tell what is worth asking again.  Not 401
 * and 403: to a client they say that its own key is wrong. */
static bool keeps_its_own(enum error_kind kind, int status)
{
	static const int kept[] = { 400, 402, 404, 405, 408, 409, 410, 425, 429, 500, 502, 503,
		504 };

	if (kind != ERROR_UPSTREAM && kind != ERROR_UPSTREAM_QUOTA)
		return false;
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (kept[i] == status)
			return true;
	return false;
}

int told_status(enum wire_format_id format, enum error_kind kind, int upstream_status)
{
	if (keeps_its_own(kind, upstream_status))
		return upstream_status;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].kind == kind && told_status_fits(rows[i].format, (int)format) &&
		    told_status_fits(rows[i].upstream, upstream_status))
			return rows[i].told;
	return error_info(kind)->status;
}
