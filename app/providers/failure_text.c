/*
 * A provider's words, for those who read them.  See the header.
 */
#include "providers/failure_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json_read.h"
#include "base/text.h"
#include "base/utf8.h"

#include "base/banned.h"

/* "body.messages.0.content: Field required" */
static void tell_finding(struct text *out, const json_t *finding)
{
	const json_t *place;
	size_t index;

	json_array_foreach(json_object_get(finding, "loc"), index, place)
	{
		text_puts(out, index ? "." : "");
		if (json_is_string(place))
			text_puts(out, json_string_value(place));
		else
			text_printf(out, "%lld", (long long)json_integer_value(place));
	}
	text_puts(out, out->len ? ": " : "");
	text_puts(out, json_read_text(finding, "msg"));
}

/* FastAPI's list of what it found in a body, of which the first is told; Mistral has it in its
 * message. */
bool failure_findings(const json_t *error, char *out, size_t size)
{
	const json_t *list = json_read_at(error, "detail");
	AUTO_TEXT struct text text;

	text_init(&text, size - 1);
	if (!list)
		list = json_read_at(error, "message.detail");
	if (!json_is_string(json_object_get(json_array_get(list, 0), "msg")))
		return false;
	tell_finding(&text, json_array_get(list, 0));
	snprintf(out, size, "%s", text_slice(&text).ptr);
	return true;
}

static bool is_secret_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* A run of 28 or more key-like characters with digits and letters, or one that begins like a key,
 * is masked.  Shorter ones would hide names of models (claude-3-5-sonnet-20241022 has 26). */
static bool looks_secret(const char *run, size_t len)
{
	bool digit = false, letter = false;

	if (strncmp(run, "sk-", 3) == 0 && len > 6)
		return true;
	for (size_t i = 0; i < len; i++) {
		digit = digit || isdigit((unsigned char)run[i]);
		letter = letter || isalpha((unsigned char)run[i]);
	}
	return len >= 28 && digit && letter;
}

static size_t run_length(const char *text)
{
	size_t len = 0;

	while (is_secret_char(text[len]))
		len++;
	return len;
}

/* What follows this word is a credential, however short. */
static bool is_bearer(const char *run, size_t len)
{
	return len == 6 && strncasecmp(run, "bearer", 6) == 0;
}

/* Copies one run, masked when it looks like a key; control bytes become spaces. */
static void scrub_run(struct text *out, const char *run, size_t len)
{
	if (looks_secret(run, len))
		text_puts(out, "***");
	else if (len == 1 && ((unsigned char)*run < 0x20 || *run == 0x7f))
		text_putc(out, ' ');
	else
		text_add(out, run, len);
}

/* Shorter ones are words as "none" and "EMPTY", for servers that take any. */
#define KEY_LEAST 8

struct slice failure_body_without(struct slice body, const char *key, struct arena *arena)
{
	size_t len = key ? strlen(key) : 0;
	char *copy, *at;

	if (len < KEY_LEAST || !body.len || !memmem(body.ptr, body.len, key, len))
		return body;
	copy = arena_copy_slice(arena, body);
	for (at = copy; (at = memmem(at, body.len - (size_t)(at - copy), key, len)); at += len)
		memset(at, '*', len);
	return (struct slice){ copy, body.len };
}

void failure_scrub(char *out, size_t size, const char *message)
{
	AUTO_TEXT struct text text;
	bool after_bearer = false;
	size_t len;

	text_init(&text, size - 1);
	for (; *message && !text_failed(&text); message += len) {
		len = run_length(message);
		if (after_bearer && len > 0) {
			text_puts(&text, "***");
			after_bearer = false;
			continue;
		}
		after_bearer = len > 0 ? is_bearer(message, len) : after_bearer && *message == ' ';
		if (len == 0)
			len = utf8_length(message, strlen(message));
		if (len == 0)
			len = 1; /* not UTF-8: escaped where it is shown */
		scrub_run(&text, message, len);
	}
	memcpy(out, text.bytes, text.len + 1);
}
