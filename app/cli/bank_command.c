/*
 * `sideways bank`: the PostgreSQL that several machines share.
 */
#include <stdio.h>

#include "accounts/move_books.h"
#include "bank/bank_connection.h"
#include "bank/bank_schema.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/finding_print.h"
#include "cli/workplace.h"
#include "doctor/doctor.h"
#include "settings/address.h"
#include "store/migrate.h"

#include "base/banned.h"

/* NULL: that of the settings, which was looked at when they were read. */
static int check_address(const char *bank, struct error *err)
{
	return bank && address_check_bank(bank, err) != 0 ? error_prefix(err, "the bank's address")
							  : 0;
}

/* The address that is given, else that of the settings. */
static int find_bank(const struct options *options, const struct settings *settings,
    const char **out_bank, const char **out_password, struct error *err)
{
	*out_bank = options->argument_count ? options->arguments[0]
		    : settings              ? settings->bank
					    : NULL;
	*out_password = settings ? settings->bank_password : NULL;
	if (!*out_bank)
		return error_set(err, ERROR_USAGE,
		    "which bank?  Give its address (postgresql://...), or settings that have "
		    "sideways_settings.bank");
	return check_address(*out_bank, err);
}

static int bank_init_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct bank_connection *bank;
	const char *url, *password;
	struct error err = { 0 };
	static const char *const words[] = { [BANK_WAS_MADE] = "has the bank's tables,",
		[BANK_MADE] = "made the bank's tables,",
		[BANK_RENEWED] = "brought the bank's tables and functions to" };
	enum bank_made made;

	if (workplace_open(&place, options, DATABASE_NONE, &err) != 0 ||
	    find_bank(options, place.settings, &url, &password, &err) != 0)
		return command_failed(&err);
	bank = bank_connection_new(url, password);
	made = bank_schema_make(bank, &err);
	if (made != BANK_NOT_MADE)
		printf("%s: %s version %d.\n", bank_connection_host(bank), words[made],
		    BANK_SQL_SCHEMA_VERSION);
	bank_connection_free(bank);
	return made == BANK_NOT_MADE ? command_failed(&err) : EXIT_DONE;
}

const struct command bank_init_command = { "bank init", "[URL]", 0, 1, "",
	"make the tables of a bank on PostgreSQL, or bring those of an older program up to date",
	bank_init_run };

static int bank_check_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct doctor doctor = { 0 };
	const char *url, *password;
	struct error err = { 0 };

	if (workplace_open(&place, options, DATABASE_NONE, &err) != 0 ||
	    find_bank(options, place.settings, &url, &password, &err) != 0)
		return command_failed(&err);
	doctor = (struct doctor){ .arena = &place.arena, .settings = place.settings };
	doctor_bank(&doctor, url, password, place.database);
	return findings_print(&doctor, options);
}

const struct command bank_check_command = { "bank check", "[URL]", 0, 1, "strict json",
	"look whether the bank on PostgreSQL can be trusted: copies, rights, clocks, speed",
	bank_check_run };

static int move_in(const struct options *options, const struct workplace *place,
    struct store *store, struct error *err)
{
	const char *bank = options->to       ? options->to
			   : place->settings ? place->settings->bank
					     : NULL,
		   *password = place->settings ? place->settings->bank_password : NULL;
	struct moved_books moved;
	int result;

	if (!bank)
		return error_set(
		    err, ERROR_SETTINGS, "the settings name no bank (sideways_settings.bank)");
	result = options->to ? move_books_to(store, bank, password, &moved, err)
			     : move_books_back(store, bank, password, &moved, err);
	if (result == 0)
		printf("%s: %s; %s are spent in %lld windows, here and there alike.\n",
		    store_path(store),
		    options->to ? "is the copy of the bank's first machine" : "stands for itself",
		    number_dollars(moved.spent_nano).text, (long long)moved.windows);
	return result;
}

static int bank_move_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct store *store = NULL;
	struct error err = { 0 };
	int result = -1;

	if (!options->to == !options->back) {
		(void)error_set(&err, ERROR_USAGE, "give --to postgresql://... or --back");
		return command_failed(&err);
	}
	if (check_address(options->to, &err) == 0 &&
	    workplace_open(&place, options, DATABASE_UNUSED, &err) == 0 &&
	    migrate_check_alone(place.database, &err) == 0)
		store = store_open(place.database, STORE_INLINE, &err);
	if (store)
		result = move_in(options, &place, store, &err);
	store_close(store);
	return result != 0 ? command_failed(&err) : EXIT_DONE;
}

const struct command bank_move_command = { "bank move", "", 0, 0, "to back",
	"take keys, teams, admins and budgets with what is spent of them to a bank, or back",
	bank_move_run };
