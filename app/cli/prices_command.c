/*
 * `sideways prices diff LIST` and `sideways prices update LIST`: what a newer price list (a file or
 * an https URL; LiteLLM's, genai-prices', models.dev's or a table) changes for these settings, and
 * what that does: tiers, fallbacks that become upward, the most that a day costs.  update then
 * writes it as the settings' price_file, but asks for --yes where something would be refused that
 * is not now.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/commands.h"
#include "fetch/fetch.h"
#include "prices/price_lists.h"
#include "relay/catalog.h"
#include "relay/gateway.h"
#include "settings/load.h"
#include "views/check_report.h"

#include "base/banned.h"

#define LIST_MAX                ((size_t)16 << 20)
#define TIMEOUT_MS              60000
#define NANO_PER_MILLION_TOKENS INT64_C(1000) /* for one pico-dollar a token */

/* ---- the list ---- */

static int keep_body(void *ctx, const char *bytes, size_t len)
{
	struct text *body = ctx;

	text_add(body, bytes, len);
	return text_failed(body) ? -1 : 0;
}

static int download(const char *url, struct text *out, struct error *err)
{
	struct fetch_call call = { .method = "GET",
		.url = url,
		.connect_timeout_ms = TIMEOUT_MS,
		.first_byte_timeout_ms = TIMEOUT_MS,
		.idle_timeout_ms = TIMEOUT_MS,
		.total_timeout_ms = 2 * TIMEOUT_MS,
		.max_body_bytes = LIST_MAX,
		.client_fd = -1,
		.on_body = keep_body,
		.ctx = out };
	struct fetch_pool *pool = fetch_pool_new();
	struct fetch_result result;

	fetch_http(pool, &call, &result);
	fetch_pool_free(pool);
	if (result.end != FETCH_DONE || result.status != 200)
		return error_set(err, ERROR_UPSTREAM, "%s: status %d %s", url, result.status,
		    result.status / 100 == 3 ? "sends elsewhere; give the address where the list is"
					     : result.detail);
	return 0;
}

static int read_list(const char *path, struct text *out, struct error *err)
{
	FILE *file = fopen(path, "rbe");
	char block[65536];
	size_t len;

	if (!file)
		return error_set(err, ERROR_SETTINGS, "%s: %s%s", path, strerror(errno),
		    strstr(path, "://") ? "; of addresses only those with https:// are asked" : "");
	while ((len = fread(block, 1, sizeof block, file)) > 0)
		text_add(out, block, len);
	(void)fclose(file); /* only read */
	return text_failed(out) ? error_set(err, ERROR_SETTINGS, "%s: is larger than 16 MiB", path)
				: 0;
}

static bool is_url(const char *list)
{
	return strncmp(list, "https://", 8) == 0;
}

/* The list as a table in a file of its own beside `target`.  The caller removes it. */
static int make_table(
    const char *list, const char *path, struct price_lists_note *out_note, struct error *err)
{
	AUTO_FREE char *table = NULL;
	struct clock_text day = clock_iso(clock_wall_ms());
	AUTO_TEXT struct text text = text_empty(LIST_MAX);
	FILE *file;

	day.text[10] = '\0'; /* "2026-11-29" */
	if ((is_url(list) ? download : read_list)(list, &text, err) != 0)
		return -1;
	table = price_lists_is_json(text_slice(&text))
		    ? price_lists_table(text_slice(&text), day.text, out_note, err)
		    : alloc_copy(text.bytes);
	if (!table)
		return error_prefix(err, "%s", list);
	file = fopen(path, "we");
	if (!file || fputs(table, file) < 0 || fclose(file) != 0)
		return error_set(err, ERROR_SETTINGS, "%s: %s", path, strerror(errno));
	return 0;
}

/* ---- what it changes ---- */

struct side {
	struct catalog *catalog;
	struct problems problems; /* not shown: check does that */
	struct check_report report;
};

struct comparison {
	const struct options *options;
	struct side now, then;
	struct price_lists_note note;
	struct arena arena;
	size_t changed, refused; /* refused: what is answered now and would not be */
};

static int load_side(
    struct comparison *compared, const char *table, struct side *out, struct error *err)
{
	const char *path = gateway_settings_path(compared->options->config);
	struct settings *settings = settings_load(path, &out->problems, err);

	if (!settings)
		return -1;
	if (table)
		settings->price_file = arena_copy(&compared->arena, table);
	out->catalog = catalog_new(settings, &out->problems, err);
	if (!out->catalog)
		return -1;
	check_report_make(out->catalog, &compared->arena, &out->report);
	return 0;
}

static const char *prices_command_dollars(struct arena *arena, int64_t pico)
{
	return pico == PRICE_UNKNOWN
		   ? "?"
		   : arena_copy(arena, number_dollars(pico * NANO_PER_MILLION_TOKENS).text);
}

static const char *price_words(struct arena *arena, const struct member *member)
{
	return member->priced
		   ? arena_printf(arena, "%s / %s",
			 prices_command_dollars(arena, member_price(member)->input_pico),
			 prices_command_dollars(arena, member_price(member)->output_pico))
		   : "no price";
}

static void compare_members(
    struct comparison *compared, const struct member *now, const struct member *then)
{
	const struct settings *settings = catalog_settings(compared->now.catalog);
	struct arena *arena = &compared->arena;
	const char *was = price_words(arena, now), *is = price_words(arena, then);

	if (strcmp(now->price.version, then->price.version) == 0)
		return;
	compared->changed++;
	printf("%s: %s/%s: %s to %s%s", now->deployment->group, now->deployment->provider,
	    now->model, was, is,
	    strcmp(was, is) == 0 ? " (what differs: cache, length, hours or limits)" : "");
	if (now->priced && !then->priced) {
		compared->refused++;
		printf("; calls would be refused");
	} else if (now->priced && then->priced && now->tier != then->tier) {
		printf("; tier %s to %s", settings->tiers[now->tier].name,
		    settings->tiers[then->tier].name);
	}
	putchar('\n');
}

static void compare_groups(struct comparison *compared)
{
	for (size_t g = 0; g < catalog_group_count(compared->now.catalog); g++) {
		const struct group *now = catalog_group_at(compared->now.catalog, g),
				   *then = catalog_group_at(compared->then.catalog, g);

		for (size_t i = 0; i < now->member_count; i++)
			compare_members(compared, &now->members[i], &then->members[i]);
	}
}

static void compare_fallbacks(struct comparison *compared)
{
	for (size_t i = 0; i < compared->now.report.fallback_count; i++) {
		const struct fallback_row *now = &compared->now.report.fallbacks[i],
					  *then = &compared->then.report.fallbacks[i];

		if (!then->known || then->direction == now->direction)
			continue;
		printf("%s: '%s' to '%s' becomes %s%s\n", now->list, now->group, now->target,
		    direction_name(then->direction),
		    then->direction == DIRECTION_UPWARD ? ": it would not be taken" : "");
		compared->refused += then->direction == DIRECTION_UPWARD;
	}
}

static const char *day_words(struct arena *arena, const struct day_cost *day)
{
	return day->bounded ? arena_copy(arena, number_dollars(day->most_nano).text) : "no limit";
}

static void print_comparison(struct comparison *compared)
{
	const struct check_report *now = &compared->now.report, *then = &compared->then.report;

	compare_groups(compared);
	compare_fallbacks(compared);
	if (compared->note.unread)
		printf("Of %zu of the list's %zu models no price is read, because it has none or "
		       "one by another unit: %s%s.\n",
		    compared->note.unread, compared->note.models, compared->note.names,
		    compared->note.unread > 4 ? ", ..." : "");
	printf(
	    "%zu deployment%s of these settings cost%s something else (dollars per million tokens, "
	    "input / output).\n",
	    compared->changed, compared->changed == 1 ? "" : "s",
	    compared->changed == 1 ? "s" : "");
	printf("The most that a day can cost: %s, and with the list %s.\n",
	    day_words(&compared->arena, &now->day), day_words(&compared->arena, &then->day));
}

static void comparison_release(struct comparison *compared)
{
	catalog_release(compared->now.catalog);
	catalog_release(compared->then.catalog);
	problems_release(&compared->now.problems);
	problems_release(&compared->then.problems);
	arena_release(&compared->arena);
}

/* ---- the commands ---- */

/* The settings' price_file, else prices.tsv beside the settings. */
static char *target_of(const struct settings *settings)
{
	const char *name = settings->price_file ? settings->price_file : "prices.tsv",
		   *slash = strrchr(settings->file, '/');

	if (*name == '/' || !slash)
		return alloc_copy(name);
	return alloc_printf("%.*s/%s", (int)(slash - settings->file), settings->file, name);
}

static int write_target(const struct comparison *compared, const char *table, struct error *err)
{
	const struct settings *settings = catalog_settings(compared->now.catalog);
	AUTO_FREE char *target = target_of(settings);

	if (compared->refused && !compared->options->yes) {
		printf("Nothing was written: %zu of these would be refused; --yes writes it all "
		       "the same.\n",
		    compared->refused);
		return 1;
	}
	if (chmod(table, 0644) != 0 || rename(table, target) != 0)
		return error_set(err, ERROR_SETTINGS, "%s: %s", target, strerror(errno));
	printf("Written to %s.\n", target);
	if (!settings->price_file)
		printf("To use it, write into %s: sideways_settings: {price_file: prices.tsv}\n",
		    settings->file);
	return 0;
}

/* Both sides, told; the table stays in a file of its own. */
static int compare(struct comparison *compared, const char *table, struct error *err)
{
	AUTO_FREE char *full = NULL;

	if (make_table(compared->options->arguments[0], table, &compared->note, err) != 0)
		return -1;
	full = realpath(table, NULL);
	if (load_side(compared, full, &compared->then, err) != 0)
		return error_prefix(err, "%s", compared->options->arguments[0]);
	print_comparison(compared);
	return 0;
}

static int prices_command_run(const struct options *options, bool writes)
{
	struct comparison compared = { .options = options };
	struct error err = { 0 };
	int refused = -1;

	arena_init(&compared.arena);
	if (load_side(&compared, NULL, &compared.now, &err) == 0) {
		AUTO_FREE char *target = target_of(catalog_settings(compared.now.catalog));
		const char *table = arena_printf(&compared.arena, "%s.new", target);

		if (compare(&compared, table, &err) == 0)
			refused =
			    writes ? write_target(&compared, table, &err) : compared.refused > 0;
		(void)unlink(table); /* it was renamed, or is not wanted */
	}
	comparison_release(&compared);
	if (refused < 0) {
		fprintf(stderr, "sideways: %s\n", err.text);
		return EXIT_UNABLE;
	}
	return refused ? EXIT_PROBLEMS : EXIT_DONE;
}

static int prices_diff_run(const struct options *options)
{
	return prices_command_run(options, false);
}

const struct command prices_diff_command = { "prices diff", "LIST", 1, 1, "",
	"what a newer price list changes: tiers, fallbacks that become upward, the most that a day "
	"can cost",
	prices_diff_run };

static int prices_update_run(const struct options *options)
{
	return prices_command_run(options, true);
}

const struct command prices_update_command = { "prices update", "LIST", 1, 1, "yes",
	"what prices diff says of a newer price list; then write it as the settings' price_file",
	prices_update_run };
