/*
 * The bank on PostgreSQL: is it one that books may be trusted to, and how far away is it?
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bank/bank_connection.h"
#include "bank/bank_schema.h"
#include "base/clock.h"
#include "doctor/doctor.h"
#include "store/books.h"

#include "base/banned.h"

#define CHECK          "bank"
#define OLDEST         13
#define SLOW_COMMIT_MS 50 /* a lease that is taken near the end of a budget waits so long */
#define CLOCK_MOST_MS  1000
#define MEASURED       5

struct look {
	struct doctor *doctor;
	struct bank_connection *bank;
};

/* NULL: it failed, which has been said. */
static const struct bank_rows *ask_bank(const struct look *look, enum bank_sql_name name)
{
	struct arena *arena = look->doctor->arena;
	struct bank_rows *rows = arena_alloc(arena, sizeof *rows);
	struct error err = { 0 };

	if (bank_ask(look->bank, name, NULL, 0, BANK_PATIENCE_MS, arena, rows, &err) == 0)
		return rows;
	doctor_add(look->doctor, FINDING_PROBLEM, CHECK, NULL, "%.500s", err.text);
	return NULL;
}

static void check_version_of_server(const struct look *look)
{
	int version = bank_connection_version(look->bank);

	if (version / 10000 < OLDEST)
		doctor_add(look->doctor, FINDING_PROBLEM, CHECK, "use a newer server",
		    "%s has PostgreSQL %d.%d; %d is the oldest that will do",
		    bank_connection_host(look->bank), version / 10000, version % 10000, OLDEST);
	else
		doctor_add(look->doctor, FINDING_OK, CHECK, NULL,
		    "%s answers with PostgreSQL %d.%d", bank_connection_host(look->bank),
		    version / 10000, version % 10000);
}

static void check_copies(const struct look *look, const char *commit, const char *standbys)
{
	if (strcmp(commit, "on") != 0 && strcmp(commit, "remote_apply") != 0)
		doctor_add(look->doctor, FINDING_PROBLEM, CHECK, "synchronous_commit = on",
		    "synchronous_commit is %s: what was committed last may be gone after a crash "
		    "or a failover, and with it money that was spent",
		    commit);
	else if (!*standbys)
		doctor_add(look->doctor, FINDING_WARNING, CHECK,
		    "synchronous_standby_names = 'ANY 1 (*)' (Patroni: synchronous_mode: quorum)",
		    "a commit waits for no second server: if this one is lost, what it committed "
		    "last is lost too, so spent money would be free again and blocked keys good "
		    "again (a managed service that copies its storage synchronously is safe "
		    "without)");
	else
		doctor_add(look->doctor, FINDING_OK, CHECK, NULL,
		    "a commit waits for a second server (synchronous_standby_names %.100s)",
		    standbys);
}

/* Columns as in check_server. */
static void check_settings_of_server(const struct look *look, const struct bank_rows *s)
{
	if (bank_int(s, 0, 0))
		doctor_add(look->doctor, FINDING_PROBLEM, CHECK,
		    "target_session_attrs=read-write in sideways_settings.bank, with all hosts",
		    "%s is a standby, where nothing can be written",
		    bank_connection_host(look->bank));
	if (strcmp(bank_cell(s, 0, 1), "UTF8") != 0)
		doctor_add(look->doctor, FINDING_PROBLEM, CHECK,
		    "make the database with ENCODING 'UTF8'",
		    "the database's encoding is %s; names of keys may have any character",
		    bank_cell(s, 0, 1));
	if (strcmp(bank_cell(s, 0, 4), "on") != 0)
		doctor_add(look->doctor, FINDING_PROBLEM, CHECK, "fsync = on",
		    "fsync is off: a power cut may damage all that is there");
	if (!bank_int(s, 0, 5) && !bank_int(s, 0, 6))
		doctor_add(look->doctor, FINDING_WARNING, CHECK,
		    "sslmode=verify-full in sideways_settings.bank",
		    "the connection is not encrypted: whoever sits between reads and changes keys "
		    "and budgets");
	check_copies(look, bank_cell(s, 0, 2), bank_cell(s, 0, 3));
}

static void check_clocks(const struct look *look)
{
	int64_t begun_ms = clock_wall_ms(), mine_ms, apart_ms;
	const struct bank_rows *s = ask_bank(look, BANK_SQL_CHECK_CLOCK);

	if (!s)
		return;
	mine_ms = begun_ms + (clock_wall_ms() - begun_ms) / 2;
	apart_ms = llabs(bank_int(s, 0, 0) - mine_ms);
	doctor_add(look->doctor, apart_ms > CLOCK_MOST_MS ? FINDING_WARNING : FINDING_OK, CHECK,
	    apart_ms > CLOCK_MOST_MS ? "let NTP set the clocks of all machines" : NULL,
	    "the clocks here and there are %lld ms apart%s", (long long)apart_ms,
	    apart_ms > CLOCK_MOST_MS ? ": windows begin and end by each machine's own" : "");
}

static void check_rights(const struct look *look)
{
	const struct bank_rows *s = ask_bank(look, BANK_SQL_CHECK_RIGHTS);

	if (s && *bank_cell(s, 0, 0))
		doctor_add(look->doctor, FINDING_PROBLEM, CHECK,
		    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sideways TO ...",
		    "this user may not read and write all tables; not %.300s", bank_cell(s, 0, 0));
}

static int by_size(const void *a, const void *b)
{
	const int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;

	return one < two ? -1 : one > two;
}

static void measure_commits(const struct look *look)
{
	int64_t took_ms[MEASURED];
	bool slow;

	for (size_t i = 0; i < MEASURED; i++) {
		int64_t begun_ms = clock_mono_ms();

		if (!ask_bank(look, BANK_SQL_CHECK_COMMIT))
			return;
		took_ms[i] = clock_mono_ms() - begun_ms;
	}
	qsort(took_ms, MEASURED, sizeof *took_ms, by_size);
	slow = took_ms[MEASURED / 2] > SLOW_COMMIT_MS;
	doctor_add(look->doctor, slow ? FINDING_WARNING : FINDING_OK, CHECK,
	    slow ? "put the gateways near the bank, and the bank's log on a fast disk" : NULL,
	    "a commit takes %lld ms (of %d the fastest %lld, the slowest %lld)",
	    (long long)took_ms[MEASURED / 2], MEASURED, (long long)took_ms[0],
	    (long long)took_ms[MEASURED - 1]);
}

static void check_copy(const struct look *look, const char *database)
{
	const struct bank_rows *s = ask_bank(look, BANK_SQL_CHECK_BOOKS);
	struct error err = { 0 };
	struct store *store;
	struct books_place mine;
	int there;

	if (!s || access(database, F_OK) != 0)
		return;
	store = store_open(database, STORE_INLINE, &err);
	there = store ? books_place(store, look->doctor->arena, &mine, &err) : -1;
	store_close(store);
	if (there < 0)
		doctor_add(look->doctor, FINDING_PROBLEM, CHECK, NULL, "%.500s", err.text);
	else if (!there)
		doctor_add(look->doctor, FINDING_NOTE, CHECK,
		    "sideways bank move, or a new database",
		    "%s has no copy of the shared books yet", database);
	else if (*mine.bank && strcmp(mine.bank, bank_cell(s, 0, 0)) != 0)
		doctor_add(look->doctor, FINDING_PROBLEM, CHECK, "name the bank that it belongs to",
		    "%s has a copy of other books", database);
	else
		doctor_add(look->doctor, FINDING_OK, CHECK, NULL,
		    "the copy here has revision %lld of %lld", (long long)mine.revision,
		    (long long)bank_int(s, 0, 1));
}

void doctor_bank(
    struct doctor *doctor, const char *bank, const char *password, const char *database)
{
	const struct look look = { doctor, bank_connection_new(bank, password) };
	const struct bank_rows *server = ask_bank(&look, BANK_SQL_CHECK_SERVER);
	struct error err = { 0 };

	if (server) {
		check_version_of_server(&look);
		check_settings_of_server(&look, server);
		check_clocks(&look);
	}
	if (server && bank_schema_check(look.bank, &err) != 0)
		doctor_add(doctor, FINDING_PROBLEM, CHECK, NULL, "%.500s", err.text);
	else if (server) {
		check_rights(&look);
		measure_commits(&look);
		check_copy(&look, database);
	}
	bank_connection_free(look.bank);
}
