/*
 * Claude's body as a cloud takes it: without the model where the path names it, with the version
 * and the betas in the body where there are no headers for them, and without a user's id that
 * Amazon refuses.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "providers/call_parts.h"
#include "providers/cloud.h"

#include <string.h>

#include "base/banned.h"

#define NEWER_VERSION "2026-10-21"

/* botocore 1.44.8's pattern for values of request metadata, which answers a JSON text with "Request
 * metadata contains a value that violates the regular expression"; Claude Code sends one. */
static bool is_taken_by_amazon(struct slice id)
{
	static const char others[] = " \t\n:_@$#=/+,-.";

	for (size_t i = 0; i < id.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
			id.ptr[i]) &&
		    !strchr(others, id.ptr[i]))
			return false;
	return id.len <= 256;
}

static bool is_left_out(
    const struct json_cursor *member, enum cloud_way way, bool bedrock, struct arena *arena)
{
	if (bedrock && json_key_is(member, "metadata"))
		return !is_taken_by_amazon(
		    json_as_slice(json_member(member->value, "user_id"), arena));
	if (way == CLOUD_MESSAGES)
		return false;
	if (json_key_is_one_of(member, "anthropic_version anthropic_beta"))
		return true; /* written anew */
	return json_key_is(member, "model") || (bedrock && json_key_is(member, "stream"));
}

/* The client's own wish where it names one, in its header or its body; older models of Bedrock
 * refuse the newer one. */
static const char *version_of(const struct provider_call *call, bool bedrock)
{
	const char *header = call->request->vendor_version;
	struct slice body = chat_request_member(call->request, "anthropic_version");
	bool newer =
	    (header && strcmp(header, NEWER_VERSION) == 0) || json_text_is(body, NEWER_VERSION);

	if (newer && call->request->format == WIRE_ANTHROPIC && !cloud_is_older(call))
		return NEWER_VERSION;
	return bedrock ? "bedrock-2023-05-31" : "vertex-2023-10-16";
}

/* "a,b" as an array. */
static void put_betas(struct text *json, const char *betas)
{
	json_write(json, "anthropic_beta:[");
	for (const char *at = betas; *at;) {
		size_t len = strcspn(at, ", ");

		if (len)
			json_put(json, (struct slice){ at, len });
		at += len + strspn(at + len, ", ");
	}
	json_write(json, "]");
}

static struct slice whole_body(const struct fetch_call *call, struct arena *arena)
{
	size_t total = 0;
	char *bytes, *at;

	if (call->body_count == 1)
		return call->body[0];
	for (size_t i = 0; i < call->body_count; i++)
		total += call->body[i].len;
	at = bytes = arena_room(arena, total + 1);
	for (size_t i = 0; i < call->body_count; i++)
		at = slice_put(at, call->body[i]);
	*at = '\0';
	return (struct slice){ bytes, total };
}

int cloud_claude_body(const struct provider_call *call, enum cloud_way way, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	bool bedrock = call->provider->quirks & QUIRK_BEDROCK, changes = way != CLOUD_MESSAGES;
	struct slice body = whole_body(out, arena);
	const char *betas = call->conversation ? NULL : call->request->vendor_beta;
	AUTO_TEXT struct text json = { .size = 0 };

	for (struct json_cursor member = json_cursor(body); !changes && json_next(&member);)
		changes = is_left_out(&member, way, bedrock, arena);
	if (!changes)
		return 0;
	text_init(&json, body.len + 1024);
	json_write(&json, "{");
	if (way != CLOUD_MESSAGES)
		json_write(&json, "anthropic_version:%", version_of(call, bedrock));
	if (way == CLOUD_INVOKE && betas && *betas)
		put_betas(&json, betas);
	for (struct json_cursor member = json_cursor(body); json_next(&member);)
		if (!is_left_out(&member, way, bedrock, arena))
			json_put_raw(&json, member.whole);
	json_write(&json, "}");
	return call_set_body(&json, arena, out, err);
}
