/*
 * Made-up and logged traffic.  See the header.
 */
#include "simulate/traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/json_read.h"

#include "base/banned.h"

#define HOUR_MS        INT64_C(3600000)
#define FILE_BYTES_MAX (256 << 20)

int traffic_make(
    const struct traffic_plan *plan, struct arena *arena, struct traffic *out, struct error *err)
{
	int64_t hours = (plan->until_ms - plan->from_ms) / HOUR_MS, count = hours * plan->per_hour;

	if (count < 1 || count > TRAFFIC_MOST)
		return error_set(err, ERROR_USAGE,
		    "%lld requests an hour for %lld hours are %lld: from 1 to %d are played",
		    (long long)plan->per_hour, (long long)hours, (long long)count, TRAFFIC_MOST);
	*out = (struct traffic){ .items = arena_alloc(arena, (size_t)count * sizeof *out->items),
		.count = (size_t)count,
		.from_ms = plan->from_ms,
		.until_ms = plan->until_ms };
	for (size_t i = 0; i < out->count; i++)
		out->items[i] = (struct traffic_request){
			.at_ms = plan->from_ms + (int64_t)i * HOUR_MS / plan->per_hour,
			.model = plan->models[i % plan->model_count],
			.input_tokens = plan->input_tokens,
			.output_tokens = plan->output_tokens,
		};
	return 0;
}

/* ---- logs ---- */

static char *traffic_read_file(const char *path, size_t *out_len, struct error *err)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	size_t len = 0, got = 1;

	if (!file) {
		(void)error_set(err, ERROR_USAGE, "%s: %s", path, strerror(errno));
		return NULL;
	}
	while (got > 0 && len <= FILE_BYTES_MAX) {
		bytes = alloc_grow(bytes, len + (1 << 20), 1);
		got = fread(bytes + len, 1, 1 << 20, file);
		len += got;
	}
	(void)fclose(file);
	if (len <= FILE_BYTES_MAX) {
		*out_len = len;
		return bytes;
	}
	free(bytes);
	(void)error_set(err, ERROR_USAGE, "%s is longer than 256 MiB", path);
	return NULL;
}

/* "2026-11-20T12:00:00.123Z", "2026-11-20 12:00:00+00:00": to the second, in UTC. */
static bool read_time(const char *text, int64_t *out_ms)
{
	struct tm tm = { 0 };

	if (!text || sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon,
			 &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*out_ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

static int traffic_read_entry(const json_t *entry, size_t i, const char *path, struct arena *arena,
    struct traffic_request *out, struct error *err)
{
	const char *model = json_read_text(entry, "model_group");

	if (!model || !*model)
		model = json_read_text(entry, "model");
	if (!model || !*model)
		return error_set(
		    err, ERROR_USAGE, "%s: entry %zu has no model_group and no model", path, i);
	if (!read_time(json_read_text(entry, "startTime"), &out->at_ms))
		return error_set(err, ERROR_USAGE,
		    "%s: entry %zu has no startTime such as 2026-11-20T12:00:00Z", path, i);
	out->model = arena_copy(arena, model);
	out->input_tokens = json_read_int(entry, "prompt_tokens", 0);
	out->output_tokens = json_read_int(entry, "completion_tokens", 0);
	if (out->input_tokens < 0 || out->output_tokens < 0 || out->input_tokens > 10000000 ||
	    out->output_tokens > 10000000)
		return error_set(
		    err, ERROR_USAGE, "%s: entry %zu has no sensible token counts", path, i);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct traffic_request *left = a, *right = b;

	return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

static int read_entries(const json_t *list, const char *path, struct arena *arena,
    struct traffic *out, struct error *err)
{
	const json_t *entry;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > TRAFFIC_MOST)
		return error_set(err, ERROR_USAGE,
		    "%s: expected a JSON array of 1 to %d requests, as /logs gives it", path,
		    TRAFFIC_MOST);
	*out = (struct traffic){
		.items = arena_alloc(arena, json_array_size(list) * sizeof *out->items),
		.count = json_array_size(list),
	};
	json_array_foreach((json_t *)list, i, entry)
	{
		if (traffic_read_entry(entry, i, path, arena, &out->items[i], err) != 0)
			return -1;
	}
	qsort(out->items, out->count, sizeof *out->items, by_time);
	out->from_ms = out->items[0].at_ms / HOUR_MS * HOUR_MS;
	out->until_ms = (out->items[out->count - 1].at_ms / HOUR_MS + 1) * HOUR_MS;
	return 0;
}

int traffic_read(const char *path, struct arena *arena, struct traffic *out, struct error *err)
{
	size_t len = 0;
	char *bytes = traffic_read_file(path, &len, err);
	json_t *list;
	int result;

	if (!bytes)
		return -1;
	list = json_read((struct slice){ bytes, len }, err);
	free(bytes);
	if (!list)
		return error_prefix(err, "%s", path);
	result = read_entries(list, path, arena, out, err);
	json_decref(list);
	return result;
}
