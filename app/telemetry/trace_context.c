/*
 * Trace ids.  See the header.
 */
#include "telemetry/trace_context.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"

#include "base/banned.h"

#define HEADER_LENGTH 55 /* "00-" trace "-" parent "-" flags */

static bool take_hex(const char *from, size_t len, char *out)
{
	if (strspn(from, "0123456789abcdef") < len)
		return false;
	memcpy(out, from, len);
	out[len] = '\0';
	return true;
}

static bool is_zero(const char *hex)
{
	return strspn(hex, "0") == strlen(hex);
}

/* A later version may have more behind a dash. */
static bool has_form(const char *traceparent)
{
	size_t len = traceparent ? strlen(traceparent) : 0;
	char version[3];

	if (len < HEADER_LENGTH || !take_hex(traceparent, 2, version) ||
	    strcmp(version, "ff") == 0 || traceparent[2] != '-' || traceparent[35] != '-' ||
	    traceparent[52] != '-')
		return false;
	return len == HEADER_LENGTH ||
	       (strcmp(version, "00") != 0 && traceparent[HEADER_LENGTH] == '-');
}

bool trace_context_read(const char *traceparent, struct trace_context *out)
{
	if (!has_form(traceparent) || !take_hex(traceparent + 3, 32, out->trace_id) ||
	    !take_hex(traceparent + 36, 16, out->parent_id) ||
	    !take_hex(traceparent + 53, 2, out->flags) || is_zero(out->trace_id) ||
	    is_zero(out->parent_id))
		return false;
	out->sampled = strchr("13579bdf", out->flags[1]) != NULL;
	return true;
}

void trace_context_new(const char *request_id, struct trace_context *out)
{
	*out = (struct trace_context){ .flags = "01", .sampled = true };
	memcpy(out->trace_id, digest_sha256(request_id, strlen(request_id)).text, 32);
}

struct trace_span_id trace_span_id_of(const char *request_id, int number)
{
	char name[64];
	struct trace_span_id id = { "" };

	(void)snprintf(name, sizeof name, "%.40s:%d", request_id, number); /* ids are short */
	memcpy(id.text, digest_sha256(name, strlen(name)).text, 16);
	return id;
}
