/*
 * The proof that sums and windows agree.  ledger_audit is declared in ledger.h.
 */
#include <stdio.h>
#include <string.h>

#include "accounts/audit_journals.h"
#include "accounts/ledger.h"
#include "accounts/owner.h"
#include "base/clock.h"
#include "base/number.h"

#include "base/banned.h"

struct audit {
	void (*difference)(void *ctx, const char *text);
	void *ctx;
	struct audit_summary *summary;
};

static void audit_tell(struct audit *audit, const char *text)
{
	audit->summary->differences++;
	audit->difference(audit->ctx, text);
}

static void compare(struct audit *audit, const struct statement *s, const char *what,
    int64_t stored, int64_t derived)
{
	char text[256];

	if (stored == derived)
		return;
	snprintf(text, sizeof text, "%s %.60s %s, window of %s: %s is %s, its attempts say %s",
	    statement_text(s, 0), statement_text(s, 1), statement_text(s, 2),
	    clock_iso(statement_int(s, 3)).text, what, number_dollars(stored).text,
	    number_dollars(derived).text);
	audit_tell(audit, text);
}

static void check_window(struct audit *audit, const struct statement *s)
{
	int64_t limit = statement_int(s, 4), highest = statement_int(s, 5),
		spent = statement_int(s, 6), held = statement_int(s, 7);
	int64_t overrun = statement_int(s, 8), archived = statement_int(s, 9);
	char text[256];

	audit->summary->windows++;
	compare(audit, s, "spent", spent, archived + statement_int(s, 10));
	compare(audit, s, "held", held, statement_int(s, 11));
	if (archived == 0)
		compare(audit, s, "overrun", overrun, statement_int(s, 12));
	if (spent + held <= (limit > highest ? limit : highest) + overrun)
		return;
	snprintf(text, sizeof text, "%s %.60s %s: spent %s and held %s are above the limit of %s",
	    statement_text(s, 0), statement_text(s, 1), statement_text(s, 2),
	    number_dollars(spent).text, number_dollars(held).text, number_dollars(limit).text);
	audit_tell(audit, text);
}

static int check_windows(struct audit *audit, struct store_reader *reader, struct error *err)
{
	struct statement *s = store_query(reader, SQL_LEDGER_AUDIT_WINDOWS, err);
	int result;

	while ((result = statement_step(s, err)) == 1)
		check_window(audit, s);
	return result;
}

static int check_attempts(struct audit *audit, struct store_reader *reader, struct error *err)
{
	struct statement *s = store_query(reader, SQL_LEDGER_AUDIT_ATTEMPTS, err);
	struct audit_summary *summary = audit->summary;

	if (statement_step(s, err) != 1)
		return -1;
	summary->attempts = statement_int(s, 0);
	summary->open_holds = statement_int(s, 1);
	summary->unknown_holds = statement_int(s, 2);
	summary->unknown_nano = statement_int(s, 3);
	summary->spent_nano = statement_int(s, 4);
	summary->leased_windows = statement_int(s, 6);
	summary->lost_nano = statement_int(s, 7);
	if (statement_int(s, 5) > 0)
		audit_tell(audit, "attempts that were released, skipped or blocked have a cost");
	return statement_step(s, err);
}

static int check_orphans(struct audit *audit, struct store_reader *reader, struct error *err)
{
	struct statement *s = store_query(reader, SQL_LEDGER_AUDIT_ORPHANS, err);

	if (statement_step(s, err) != 1)
		return -1;
	if (statement_int(s, 0) > 0)
		audit_tell(audit, "attempts name windows that do not exist");
	return statement_step(s, err);
}

static int check_owners(struct audit *audit, struct store_reader *reader, struct error *err)
{
	struct statement *s = store_query(reader, SQL_LEDGER_OWNERS, err);
	int result;

	while ((result = statement_step(s, err)) == 1)
		if (owner_is_dead(statement_text(s, 0)))
			audit_tell(
			    audit, "holds of a dead worker are open; the next request ends them");
	s = result == 0 ? store_query(reader, SQL_TILL_LIST, err) : NULL;
	while ((result = statement_step(s, err)) == 1)
		if (owner_is_dead(statement_text(s, 1)))
			audit_tell(
			    audit, "leases of a dead worker are open; the next request ends them");
	return s ? result : -1;
}

static int check_file(struct audit *audit, struct store_reader *reader, struct error *err)
{
	struct statement *s = store_query(reader, SQL_LEDGER_AUDIT_FILE, err);
	int result;

	while ((result = statement_step(s, err)) == 1)
		if (strcmp(statement_text(s, 0), "ok") != 0)
			audit_tell(audit, statement_text(s, 0));
	return result;
}

static void tell_of_journal(void *ctx, const char *text)
{
	audit_tell(ctx, text);
}

int ledger_audit(struct store *store, int64_t now_ms,
    void (*difference)(void *ctx, const char *text), void *ctx, struct audit_summary *out,
    struct error *err)
{
	static int (*const checks[])(struct audit *, struct store_reader *, struct error *) = {
		check_windows, check_attempts, check_orphans, check_owners, check_file
	};
	struct store_reader *reader = store_reader_borrow(store, err);
	struct audit audit = { difference, ctx, out };
	int result = reader ? 0 : -1;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < sizeof checks / sizeof checks[0] && result == 0; i++)
		result = checks[i](&audit, reader, err);
	store_reader_return(store, reader);
	return result == 0 ? audit_journals(store, tell_of_journal, &audit, err) : result;
}
