/*
 * Entries of reasoning, put together and taken through another format.  See the header.
 */
#include "providers/reasoning_details.h"

#include "base/base64.h"
#include "base/json_scan.h"
#include "base/json_write.h"

#include "base/banned.h"

#define ENTRY_MAX ((size_t)16 << 20)

static const char *payload_of(struct slice entry)
{
	static const char *const names[] = { "text", "summary", "data" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (json_scan_type(json_member(entry, names[i])) == JSON_TEXT)
			return names[i];
	return NULL;
}

static struct slice inside(struct slice quoted)
{
	return (struct slice){ quoted.ptr + 1, quoted.len - 2 };
}

static bool goes_on(const struct reasoning_details *details, struct slice entry)
{
	return details->first.ptr && json_member(entry, "index").ptr &&
	       slice_equal(json_member(details->first, "index"), json_member(entry, "index")) &&
	       slice_equal(json_member(details->first, "type"), json_member(entry, "type"));
}

static void close_entry(struct reasoning_details *details, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(ENTRY_MAX);

	if (!details->first.ptr)
		return;
	json_write(&json, "{");
	for (struct json_cursor member = json_cursor(details->first); json_next(&member);)
		if (!json_key_is(&member, "signature") &&
		    !(details->payload && json_key_is(&member, details->payload)))
			json_put_raw(&json, member.whole);
	if (details->payload) {
		json_write(&json, "%:", details->payload);
		text_putc(&json, '"');
		text_add(&json, details->grown.ptr ? details->grown.ptr : "", details->grown.len);
		text_putc(&json, '"');
	}
	if (details->signature.ptr)
		json_write(&json, "signature:%r", details->signature);
	json_write(&json, "}");
	if (details->closed.len > 0)
		arena_bytes_add(&details->closed, slice_of(","), arena);
	if (!text_failed(&json))
		arena_bytes_add(&details->closed, text_slice(&json), arena);
	details->first = details->signature = (struct slice){ NULL, 0 };
	details->grown = (struct arena_bytes){ .ptr = NULL };
}

static void add_entry(struct reasoning_details *details, struct slice entry, struct arena *arena)
{
	struct slice signature = json_member(entry, "signature");
	const char *payload = payload_of(entry);

	if (!goes_on(details, entry)) {
		close_entry(details, arena);
		details->first = (struct slice){ arena_copy_slice(arena, entry), entry.len };
		details->payload = payload;
	}
	if (!details->payload)
		details->payload = payload;
	if (payload && details->payload && strcmp(payload, details->payload) == 0)
		arena_bytes_add(&details->grown, inside(json_member(entry, payload)), arena);
	if (json_scan_type(signature) == JSON_TEXT)
		details->signature =
		    (struct slice){ arena_copy_slice(arena, signature), signature.len };
}

void reasoning_details_add(
    struct reasoning_details *details, struct slice list, struct arena *arena)
{
	if (json_scan_type(list) != JSON_LIST)
		return;
	for (struct json_cursor entry = json_cursor(list); json_next(&entry);)
		if (json_scan_type(entry.value) == JSON_MAP)
			add_entry(details, entry.value, arena);
}

struct slice reasoning_details_take(struct reasoning_details *details, struct arena *arena)
{
	struct slice all;

	close_entry(details, arena);
	if (details->closed.len == 0)
		return (struct slice){ NULL, 0 };
	all = base64_encode(arena_bytes_slice(&details->closed), arena);
	*details = (struct reasoning_details){ .payload = NULL };
	return all;
}

struct slice reasoning_details_entries(struct slice signature, struct arena *arena)
{
	struct slice entries = base64_decode(signature, arena);
	const char *list;

	if (entries.len == 0)
		return (struct slice){ NULL, 0 };
	list = arena_printf(arena, "[%.*s]", (int)entries.len, entries.ptr);
	return json_scan_check(slice_of(list), NULL) == 0 ? entries : (struct slice){ NULL, 0 };
}
