/*
 * The gateway that runs: each test looks at one thing and says what it saw.  Harmless: one small
 * durable write.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/digest.h"
#include "doctor/doctor.h"
#include "prices/price_row.h"
#include "prices/price_table.h"
#include "views/check_report.h"

#include "base/banned.h"

#define HOUR_MS          INT64_C(3600000)
#define SLOW_WRITE_MS    50 /* disks of cloud machines take 2 to 20 */
#define SHORT_MASTER_KEY 20

struct bench { /* what is tested */
	struct doctor *doctor;
	struct gateway *gateway;
	const struct catalog *catalog; /* NULL: there are no settings that can be used */
	struct store *store;
	int64_t now_ms;
	/* of the database */
	const char *file, *journal, *version, *newest_id;
	const char *lost_plan; /* max_end_user_budget_id, where there is no such budget */
	int64_t size_bytes, schema, claim_ms, held, late;
};

/* ---- the tests ---- */

static void test_settings(struct bench *b, const char *name)
{
	const char *trouble = gateway_settings_trouble(b->gateway, b->doctor->arena);

	if (trouble)
		doctor_add(b->doctor, FINDING_PROBLEM, name,
		    "mend the file; the settings before it stay in force",
		    "the newest file is not in force: %s", trouble);
	else
		doctor_add(b->doctor, FINDING_OK, name, NULL,
		    "they are in force, with %zu deployments in %zu groups",
		    catalog_settings(b->catalog)->deployment_count,
		    catalog_group_count(b->catalog));
}

static void test_write(struct bench *b, const char *name)
{
	int64_t began_us = clock_mono_us(), took_us;
	struct error err;
	bool slow;

	if (store_ping(b->store, &err) != 0) {
		doctor_add(b->doctor, FINDING_PROBLEM, name,
		    "no request is served without a durable write", "%.500s", err.text);
		return;
	}
	took_us = clock_mono_us() - began_us;
	slow = took_us > SLOW_WRITE_MS * 1000;
	doctor_add(b->doctor, slow ? FINDING_WARNING : FINDING_OK, name,
	    slow ? "put the database on a faster local disk: every request waits for one" : NULL,
	    "a durable write took %lld.%lld ms", (long long)took_us / 1000,
	    (long long)took_us / 100 % 10);
}

static void test_file(struct bench *b, const char *name)
{
	struct stat info;

	if (!b->file || stat(b->file, &info) != 0)
		doctor_add(b->doctor, FINDING_PROBLEM, name,
		    "restore it before the gateway is started again",
		    "the database's file is gone");
	else if (info.st_mode & 077)
		doctor_add(b->doctor, FINDING_PROBLEM, name,
		    arena_printf(b->doctor->arena, "chmod 600 %s", b->file),
		    "others may read or write %s (mode %03o)", b->file,
		    (unsigned)info.st_mode & 0777);
	else
		doctor_add(b->doctor, FINDING_OK, name, NULL,
		    "%s, %lld MB, private, schema %lld, SQLite %s", b->file,
		    (long long)(b->size_bytes >> 20), (long long)b->schema, b->version);
}

#define LOG_MUCH_MB 256 /* four times what stays of it when no reader holds it */

static int64_t log_mb(const struct bench *b)
{
	struct stat info;

	return b->file && stat(arena_printf(b->doctor->arena, "%s-wal", b->file), &info) == 0
		   ? info.st_size >> 20
		   : 0;
}

static void test_journal(struct bench *b, const char *name)
{
	bool wal = b->journal && strcmp(b->journal, "wal") == 0;

	if (wal && log_mb(b) >= LOG_MUCH_MB)
		doctor_add(b->doctor, FINDING_WARNING, name,
		    "end the program that has the database open for reading, such as a shell of "
		    "sqlite3 in a transaction",
		    "the write-ahead log has grown to %lld MB: a long read keeps it from being "
		    "copied back",
		    (long long)log_mb(b));
	else if (wal)
		doctor_add(b->doctor, FINDING_OK, name, NULL,
		    "write-ahead log: readers do not wait for the writer");
	else
		doctor_add(b->doctor, FINDING_WARNING, name,
		    "a local disk would allow WAL, with which readers never wait",
		    "the journal mode is %s", b->journal ? b->journal : "not known");
}

static void test_confinement(struct bench *b, const char *name)
{
	if (confine_stands())
		doctor_add(b->doctor, FINDING_OK, name, NULL,
		    "the kernel forbids this process what a gateway never does, such as tracing "
		    "others");
	else
		doctor_add(b->doctor, FINDING_NOTE, name, NULL,
		    "this host offers no filter of system calls; the gateway runs as well without");
}

static void test_housekeeping(struct bench *b, const char *name)
{
	if (!b->claim_ms)
		doctor_add(b->doctor, FINDING_NOTE, name,
		    "serving processes do it; look again in a minute",
		    "housekeeping has not been done yet");
	else if (b->claim_ms < b->now_ms - HOUR_MS)
		doctor_add(b->doctor, FINDING_WARNING, name,
		    "dead holds and old logs wait until a process serves again",
		    "housekeeping was last done at %s", clock_iso(b->claim_ms).text);
	else
		doctor_add(
		    b->doctor, FINDING_OK, name, NULL, "dead holds and old logs are looked after");
}

static void test_holds(struct bench *b, const char *name)
{
	if (b->late > 0)
		doctor_add(b->doctor, FINDING_WARNING, name,
		    "housekeeping charges them in full; `sideways audit` lists them",
		    "%lld holds are past their deadline", (long long)b->late);
	else
		doctor_add(b->doctor, FINDING_OK, name, NULL,
		    "%lld calls are under way, none is past its deadline", (long long)b->held);
}

static void test_clock(struct bench *b, const char *name)
{
	int64_t newest_ms = b->newest_id ? digest_id_time(b->newest_id) : 0;

	if (newest_ms > b->now_ms + 60000)
		doctor_add(b->doctor, FINDING_PROBLEM, name,
		    "set the clock: windows of budgets and cooldowns follow it",
		    "the newest request is from the future: %s", clock_iso(newest_ms).text);
	else
		doctor_add(
		    b->doctor, FINDING_OK, name, NULL, "it is %s", clock_iso(b->now_ms).text);
}

static void test_keys(struct bench *b, const char *name)
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
		doctor_add(b->doctor, FINDING_PROBLEM, name,
		    "give api_key, or set the provider's variable where the gateway starts",
		    "%d deployments have no provider key (%s)", count, lacking);
	else
		doctor_add(b->doctor, FINDING_OK, name, NULL,
		    "every deployment that needs a provider key has one");
}

static void test_master_key(struct bench *b, const char *name)
{
	const char *key = catalog_settings(b->catalog)->master_key;

	if (!key || !*key)
		doctor_add(b->doctor, FINDING_OK, name, NULL,
		    "there is none; virtual keys are made on the command line or here");
	else if (strlen(key) < SHORT_MASTER_KEY)
		doctor_add(b->doctor, FINDING_WARNING, name,
		    "use 32 random letters or more: it opens everything",
		    "the master key is short");
	else
		doctor_add(b->doctor, FINDING_OK, name, NULL, "the master key is long enough");
}

static void test_money(struct bench *b, const char *name)
{
	struct check_report report;

	if (b->lost_plan)
		doctor_add(b->doctor, FINDING_PROBLEM, name,
		    "make it with /budget/new, or name one that is there",
		    "end users have no limit: max_end_user_budget_id is '%.80s', and there is no "
		    "such budget",
		    b->lost_plan);
	check_report_make(b->catalog, b->doctor->arena, &report);
	for (size_t i = 0; i < report.ladder_count; i++) {
		if (report.ladder[i].member->priced || report.ladder[i].by_model)
			continue;
		doctor_add(b->doctor, FINDING_PROBLEM, name,
		    "give input_cost_per_token and output_cost_per_token",
		    "%s has no price, so it is never called",
		    report.ladder[i].member->deployment->id);
		return;
	}
	if (!report.day.bounded)
		doctor_add(b->doctor, FINDING_WARNING, name,
		    "give max_budget and budget_duration under litellm_settings",
		    "nothing caps what a day can cost");
	else
		doctor_add(b->doctor, FINDING_OK, name, NULL,
		    "every deployment has a price, and a day's cost has a limit");
}

static void test_prices(struct bench *b, const char *name)
{
	const char *date = price_table_date(catalog_prices(b->catalog));
	bool old = price_age_days(date, b->now_ms) > PRICE_STALE_DAYS;

	doctor_add(b->doctor, old ? FINDING_WARNING : FINDING_OK, name,
	    old ? "install a newer version, or name a price_file: bounds follow these prices"
		: NULL,
	    "the newest price is from %s", date);
}

static const struct {
	const char *name;
	void (*test)(struct bench *b, const char *name);
	bool needs_catalog;
} tests[] = {
	/* clang-format off */
	{ "settings in force", test_settings,     false },
	{ "durable write",     test_write,        false },
	{ "database file",     test_file,         false },
	{ "journal",           test_journal,      false },
	{ "confinement",       test_confinement,  false },
	{ "housekeeping",      test_housekeeping, false },
	{ "holds",             test_holds,        false },
	{ "clock",             test_clock,        false },
	{ "provider keys",     test_keys,         true },
	{ "master key",        test_master_key,   true },
	{ "money",             test_money,        true },
	{ "price table",       test_prices,       true },
	/* clang-format on */
};

/* ---- all of them ---- */

static void look_at_store(struct bench *b)
{
	struct store_reader *reader = store_reader_borrow(b->store, NULL);
	struct statement *s =
	    reader ? store_query(reader, SQL_VIEW_CONFIGURATION_STORE, NULL) : NULL;
	struct arena *arena = b->doctor->arena;

	statement_bind(s, ":late_ms", b->now_ms - 60000);
	if (s && statement_step(s, NULL) == 1) {
		b->file = arena_copy(arena, statement_text(s, 0));
		b->journal = arena_copy(arena, statement_text(s, 1));
		b->size_bytes = statement_int(s, 2);
		b->schema = statement_int(s, 3);
		b->version = arena_copy(arena, statement_text(s, 4));
		b->claim_ms = statement_int(s, 5);
		b->held = statement_int(s, 6);
		b->late = statement_int(s, 7);
		b->newest_id = arena_copy(arena, statement_text(s, 8));
		b->lost_plan = arena_copy(arena, statement_text(s, 9));
	}
	store_reader_return(b->store, reader);
}

void doctor_running(struct doctor *doctor, struct gateway *gateway, const struct catalog *catalog,
    struct store *store, int64_t now_ms)
{
	struct bench b = { .doctor = doctor,
		.gateway = gateway,
		.catalog = catalog,
		.store = store,
		.now_ms = now_ms };

	look_at_store(&b);
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		if (catalog || !tests[i].needs_catalog)
			tests[i].test(&b, tests[i].name);
}
