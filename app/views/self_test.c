/*
 * One function a test, one row a function.  See the header.
 */
#include "views/self_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "views/check_report.h"

#include "base/banned.h"

#define HOUR_MS          INT64_C(3600000)
#define OLD_PRICES_DAYS  180
#define SLOW_WRITE_MS    50                 /* disks of cloud machines take 2 to 20 */
#define LITTLE_DISK      (INT64_C(1) << 30) /* a gigabyte: some million requests of log */
#define SHORT_MASTER_KEY 20

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_ERROR };

struct finding {
	enum level level;
	const char *says, *hint;
};

struct bench { /* what is tested */
	struct gateway *gateway;
	const struct catalog *catalog;
	const struct settings *settings;
	struct store *store;
	struct arena arena;
	int64_t now_ms;
	/* of the database */
	const char *file, *journal, *version, *newest_id;
	int64_t size_bytes, schema, lease_ms, held, late;
};

static struct finding fine(const char *says)
{
	return (struct finding){ LEVEL_OK, says, NULL };
}

/* ---- the tests ---- */

static struct finding test_settings(struct bench *b)
{
	const char *trouble = gateway_settings_trouble(b->gateway, &b->arena);

	if (trouble)
		return (struct finding){ LEVEL_ERROR,
			arena_printf(&b->arena, "the newest file is not in force: %s", trouble),
			"mend the file; the settings before it stay in force" };
	return fine(arena_printf(&b->arena, "%s is in force, with %zu deployments in %zu groups",
	    b->settings->file, b->settings->deployment_count, catalog_group_count(b->catalog)));
}

static struct finding test_write(struct bench *b)
{
	int64_t began_us = clock_mono_us(), took_us;
	struct error err;

	if (store_ping(b->store, &err) != 0)
		return (struct finding){ LEVEL_ERROR, arena_copy(&b->arena, err.text),
			"no request is served without a durable write" };
	took_us = clock_mono_us() - began_us;
	if (took_us > SLOW_WRITE_MS * 1000)
		return (struct finding){ LEVEL_WARNING,
			arena_printf(
			    &b->arena, "a durable write took %lld ms", (long long)took_us / 1000),
			"put the database on a faster local disk: every request waits for one" };
	return fine(arena_printf(&b->arena, "a durable write took %lld.%lld ms",
	    (long long)took_us / 1000, (long long)took_us / 100 % 10));
}

static struct finding test_file(struct bench *b)
{
	struct stat info;

	if (!b->file || stat(b->file, &info) != 0)
		return (struct finding){ LEVEL_ERROR, "the database's file is gone",
			"restore it before the gateway is started again" };
	if (info.st_mode & 077)
		return (struct finding){ LEVEL_ERROR,
			arena_printf(&b->arena, "others may read or write %s (mode %03o)", b->file,
			    (unsigned)info.st_mode & 0777),
			"chmod 600 it" };
	return fine(arena_printf(&b->arena, "%s, %lld MB, private, schema %lld, SQLite %s", b->file,
	    (long long)(b->size_bytes >> 20), (long long)b->schema, b->version));
}

static struct finding test_journal(struct bench *b)
{
	if (!b->journal || strcmp(b->journal, "wal") != 0)
		return (struct finding){ LEVEL_WARNING,
			arena_printf(&b->arena, "the journal mode is %s", b->journal),
			"a local disk would allow WAL, with which readers never wait" };
	return fine("write-ahead log: readers do not wait for the writer");
}

static struct finding test_disk(struct bench *b)
{
	struct statvfs info;
	int64_t free_bytes;

	if (!b->file || statvfs(b->file, &info) != 0)
		return (struct finding){ LEVEL_WARNING, "the free space is not known", NULL };
	free_bytes = (int64_t)info.f_bavail * (int64_t)info.f_frsize;
	if (free_bytes < LITTLE_DISK)
		return (struct finding){ LEVEL_WARNING,
			arena_printf(&b->arena, "%lld MB are free where the database is",
			    (long long)(free_bytes >> 20)),
			"make room, or shorten sideways_settings.log_retention: a full disk stops "
			"every request" };
	return fine(arena_printf(
	    &b->arena, "%lld GB are free where the database is", (long long)(free_bytes >> 30)));
}

static struct finding test_housekeeping(struct bench *b)
{
	if (!b->lease_ms)
		return (struct finding){ LEVEL_WARNING, "housekeeping has never been done",
			"it is done by serving processes; look again in a minute" };
	if (b->lease_ms < b->now_ms - HOUR_MS)
		return (struct finding){ LEVEL_WARNING,
			arena_printf(&b->arena, "housekeeping was last done at %s",
			    clock_iso(b->lease_ms).text),
			"dead holds and old logs wait until a process serves again" };
	return fine("dead holds and old logs are looked after");
}

static struct finding test_holds(struct bench *b)
{
	if (b->late > 0)
		return (struct finding){ LEVEL_WARNING,
			arena_printf(
			    &b->arena, "%lld holds are past their deadline", (long long)b->late),
			"housekeeping charges them in full; `sideways audit` lists them" };
	return fine(arena_printf(
	    &b->arena, "%lld calls are under way, none is past its deadline", (long long)b->held));
}

static struct finding test_clock(struct bench *b)
{
	int64_t newest_ms = b->newest_id ? digest_id_time(b->newest_id) : 0;

	if (newest_ms > b->now_ms + 60000)
		return (struct finding){ LEVEL_ERROR,
			arena_printf(&b->arena, "the newest request is from the future: %s",
			    clock_iso(newest_ms).text),
			"set the clock: windows of budgets and cooldowns follow it" };
	return fine(arena_printf(&b->arena, "it is %s", clock_iso(b->now_ms).text));
}

static struct finding test_keys(struct bench *b)
{
	const char *lacking = NULL;
	int count = 0;

	for (size_t g = 0; g < catalog_group_count(b->catalog); g++) {
		const struct group *group = catalog_group_at(b->catalog, g);

		for (size_t m = 0; m < group->member_count; m++) {
			if (!member_lacks_key(&group->members[m]))
				continue;
			lacking = group->members[m].deployment->id;
			count++;
		}
	}
	if (count)
		return (struct finding){ LEVEL_ERROR,
			arena_printf(
			    &b->arena, "%d deployments have no provider key (%s)", count, lacking),
			"give api_key, or set the provider's variable where the gateway starts" };
	return fine("every deployment that needs a provider key has one");
}

static struct finding test_master_key(struct bench *b)
{
	const char *key = b->settings->master_key;

	if (!key || !*key)
		return fine("there is no master key; virtual keys are made on the command line or "
			    "here");
	if (strlen(key) < SHORT_MASTER_KEY)
		return (struct finding){ LEVEL_WARNING, "the master key is short",
			"use 32 random letters or more: it opens everything" };
	return fine("the master key is long enough");
}

static struct finding test_money(struct bench *b)
{
	struct check_report report;

	check_report_make(b->catalog, b->now_ms, &b->arena, &report);
	for (size_t i = 0; i < report.ladder_count; i++)
		if (!report.ladder[i].member->priced && !report.ladder[i].by_model)
			return (struct finding){ LEVEL_ERROR,
				arena_printf(&b->arena, "%s has no price, so it is never called",
				    report.ladder[i].member->deployment->id),
				"give input_cost_per_token and output_cost_per_token" };
	if (!report.day.bounded)
		return (struct finding){ LEVEL_WARNING, "nothing caps what a day can cost",
			"give max_budget and budget_duration under litellm_settings" };
	return fine("every deployment has a price, and a day's cost has a limit");
}

/* Days from a date as "2026-08-01" until now; -1: it is no date. */
static int64_t age_days(const char *date, int64_t now_ms)
{
	int year, month, day;
	int64_t days;

	if (sscanf(date, "%4d-%2d-%2d", &year, &month, &day) != 3)
		return -1;
	/* Days since 1970 of a civil date: March is the first month, so that leap days come last.
	 */
	year -= month <= 2;
	month += month <= 2 ? 9 : -3;
	days = (int64_t)year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
	       day - 1 - 719468;
	return now_ms / (24 * HOUR_MS) - days;
}

static struct finding test_prices(struct bench *b)
{
	const char *date = price_table_date(b->catalog ? catalog_prices(b->catalog) : NULL);
	int64_t age = age_days(date, b->now_ms);

	if (age > OLD_PRICES_DAYS)
		return (struct finding){
			LEVEL_WARNING, arena_printf(&b->arena, "the newest price is of %s", date),
			"install a newer version, or name a price_file: bounds follow these prices"
		};
	return fine(arena_printf(&b->arena, "the newest price is of %s", date));
}

static struct finding test_certificates(struct bench *b)
{
	static const char *const places[] = { "/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (access(places[i], R_OK) == 0)
			return fine(arena_printf(&b->arena, "%s can be read", places[i]));
	return (struct finding){ LEVEL_WARNING, "no list of certificate authorities was found",
		"install ca-certificates: without it no provider can be reached over TLS" };
}

static const struct {
	const char *name;
	struct finding (*test)(struct bench *b);
} tests[] = {
	/* clang-format off */
	{ "settings",               test_settings },
	{ "durable write",          test_write },
	{ "database file",          test_file },
	{ "journal",                test_journal },
	{ "disk",                   test_disk },
	{ "housekeeping",           test_housekeeping },
	{ "holds",                  test_holds },
	{ "clock",                  test_clock },
	{ "provider keys",          test_keys },
	{ "master key",             test_master_key },
	{ "money",                  test_money },
	{ "price table",            test_prices },
	{ "certificate authorities", test_certificates },
	/* clang-format on */
};

/* ---- all of them ---- */

static void look_at_store(struct bench *b)
{
	struct store_reader *reader = store_reader_borrow(b->store, NULL);
	struct statement *s =
	    reader ? store_query(reader, SQL_VIEW_CONFIGURATION_STORE, NULL) : NULL;

	if (s)
		statement_bind_int(s, ":late_ms", b->now_ms - 60000);
	if (s && statement_step(s, NULL) == 1) {
		b->file = arena_copy(&b->arena, statement_text(s, 0));
		b->journal = arena_copy(&b->arena, statement_text(s, 1));
		b->size_bytes = statement_int(s, 2);
		b->schema = statement_int(s, 3);
		b->version = arena_copy(&b->arena, statement_text(s, 4));
		b->lease_ms = statement_int(s, 5);
		b->held = statement_int(s, 6);
		b->late = statement_int(s, 7);
		b->newest_id = arena_copy(&b->arena, statement_text(s, 8));
	}
	store_reader_return(b->store, reader);
}

static json_t *finding_json(const char *name, const struct finding *finding)
{
	static const char *const levels[] = { "ok", "warning", "error" };
	json_t *object = json_object();

	json_set_text(object, "name", name);
	json_set_text(object, "level", levels[finding->level]);
	for (int i = 0; i < 3; i++)
		json_set_bool(object, levels[i], (int)finding->level == i);
	json_set_text(object, "says", finding->says);
	json_set_text(object, "hint", finding->hint);
	return object;
}

json_t *self_test(
    struct gateway *gateway, const struct catalog *catalog, struct store *store, int64_t now_ms)
{
	struct bench b = { .gateway = gateway,
		.catalog = catalog,
		.settings = catalog_settings(catalog),
		.store = store,
		.now_ms = now_ms };
	json_t *root = json_object(), *list = json_array();
	int counts[3] = { 0, 0, 0 };

	arena_init(&b.arena);
	look_at_store(&b);
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		struct finding finding = tests[i].test(&b);

		counts[finding.level]++;
		json_append(list, finding_json(tests[i].name, &finding));
	}
	arena_release(&b.arena);
	json_set(root, "tests", list);
	json_set_bool(root, "ok", counts[LEVEL_WARNING] + counts[LEVEL_ERROR] == 0);
	json_set_int(root, "warnings", counts[LEVEL_WARNING]);
	json_set_int(root, "errors", counts[LEVEL_ERROR]);
	return root;
}
