/*
 * `sideways audit`: proves that the money adds up, and says where it does not.
 * Exit status: 0 and a summary, 1 and the differences, 2 when it could not look.
 */
#include <stdio.h>

#include "accounts/ledger.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/table_print.h"
#include "cli/workplace.h"

#include "base/banned.h"

static void print_difference(void *ctx, const char *text)
{
	json_t *list = ctx;

	if (list) {
		json_append(list, json_string(text)); /* NULL (no UTF-8) is refused */
		return;
	}
	table_print_text(text, stdout);
	putchar('\n');
}

static void print_json(const struct audit_summary *summary, json_t *differences, int recovered)
{
	json_t *root = json_object();

	json_set_all(root, "clean? windows attempts open_holds unknown_holds unknown$ spent$",
	    summary->differences == 0, summary->windows, summary->attempts, summary->open_holds,
	    summary->unknown_holds, summary->unknown_nano, summary->spent_nano);
	json_set_all(root, "leased_windows lost$ recovered", summary->leased_windows,
	    summary->lost_nano, recovered);
	(void)json_object_set(root, "differences", differences); /* cannot fail */
	json_print(root);
}

static void print_summary(const struct audit_summary *summary, int recovered)
{
	if (recovered > 0)
		printf("Ended %d hold%s that dead workers had left.\n", recovered,
		    recovered == 1 ? "" : "s");
	if (summary->differences)
		printf("%lld difference%s in ", (long long)summary->differences,
		    summary->differences == 1 ? "" : "s");
	else
		printf("Clean: ");
	printf("%lld windows, %lld attempts sent, %s spent, %lld open holds",
	    (long long)summary->windows, (long long)summary->attempts,
	    number_dollars(summary->spent_nano).text, (long long)summary->open_holds);
	if (summary->unknown_holds)
		printf("; of what was spent %s in %lld attempts is an upper limit, because nobody "
		       "can know what it really was",
		    number_dollars(summary->unknown_nano).text, (long long)summary->unknown_holds);
	if (summary->leased_windows)
		printf(
		    "; processes have leases of %lld windows", (long long)summary->leased_windows);
	if (summary->lost_nano)
		printf("; %s was lost with processes that nobody can account for, and is charged",
		    number_dollars(summary->lost_nano).text);
	puts(".");
}

static int unable(const struct error *err)
{
	(void)command_failed(err); /* here failing has a status of its own */
	return EXIT_UNABLE;
}

static int audit_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct audit_summary summary = { 0 };
	struct error err = { 0 };
	int recovered = 0;

	if (workplace_open(&place, options, DATABASE_MUST_EXIST, &err) < 0)
		return unable(&err);
	if (options->recover && (recovered = ledger_recover(place.store, place.now_ms, &err)) < 0)
		return unable(&err);
	json_t *differences = options->json ? json_array() : NULL;
	int result =
	    ledger_audit(place.store, place.now_ms, print_difference, differences, &summary, &err);
	if (result == 0 && options->json)
		print_json(&summary, differences, recovered);
	else if (result == 0)
		print_summary(&summary, recovered);
	json_decref(differences);
	if (result < 0)
		return unable(&err);
	return summary.differences ? EXIT_PROBLEMS : EXIT_DONE;
}

const struct command audit_command = { "audit", "", 0, 0, "recover json",
	"prove that every window's sums equal its attempts, to the nano-dollar", audit_run };
