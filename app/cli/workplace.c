/*
 * Opens what a command works on.  The order of the places for the database is the gateway's own,
 * with --db before all.
 */
#include "cli/workplace.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts/shared_books.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "relay/gateway.h"
#include "settings/load.h"
#include "store/presence.h"

#include "base/banned.h"

char *workplace_database_path(const struct options *options, const struct settings *settings)
{
	const char *variable = getenv("SIDEWAYS_DB");

	if (options->db)
		return alloc_copy(options->db);
	if (settings && settings->database)
		return alloc_copy(settings->database);
	if (variable && *variable)
		return alloc_copy(variable);
	const char *file = gateway_settings_path(options->config);
	const char *slash = strrchr(file, '/');
	return alloc_printf("%.*ssideways.db", slash ? (int)(slash - file + 1) : 0, file);
}

/* Settings that cannot be used are an error only where they would say which database it is. */
static int load_settings(struct workplace *place, const struct options *options,
    enum workplace_database database, struct error *err)
{
	struct problems problems = { 0 };
	struct error why = { 0 };
	const char *variable = getenv("SIDEWAYS_DB");

	place->settings = settings_load(gateway_settings_path(options->config), &problems, &why);
	problems_release(&problems);
	place->timezone = place->settings ? place->settings->timezone : "UTC";
	if (place->settings || (database == DATABASE_NONE && options->argument_count))
		return 0;
	if (database == DATABASE_NONE)
		return error_set(err, why.kind,
		    "%.400s; --config FILE names another, or give the bank's address", why.text);
	if (!options->db && !(variable && *variable))
		return error_set(
		    err, why.kind, "%.400s; --db FILE names the database without them", why.text);
	fprintf(stderr, "sideways: going on without settings (%s)\n", why.text);
	return 0;
}

static bool has_bank(const struct workplace *place)
{
	return place->settings && place->settings->bank;
}

static int check_missing(
    const struct workplace *place, enum workplace_database database, struct error *err)
{
	if (database == DATABASE_MUST_EXIST && !has_bank(place))
		return error_set(err, ERROR_STORE,
		    "there is no database at %.300s yet (the gateway makes it, or sideways keys "
		    "create)",
		    place->database);
	return presence_check(place->database, err);
}

/* Without settings it can be read; what is shared is not changed then. */
static int share_books(const struct workplace *place, struct error *err)
{
	struct shared_bank bank;

	if (!place->settings)
		return 0;
	bank = (struct shared_bank){ .url = place->settings->bank,
		.password = place->settings->bank_password };
	return shared_books_open(place->store, &bank, false, err);
}

static int open_store(struct workplace *place, enum workplace_database database, struct error *err)
{
	bool missing = access(place->database, F_OK) != 0,
	     tried = missing && database == DATABASE_TRIED;

	if ((missing && check_missing(place, database, err) != 0) ||
	    (tried && scratch_make(&place->scratch, err) != 0))
		return -1;
	place->store =
	    store_open(tried ? place->scratch.database : place->database, STORE_INLINE, err);
	if (!place->store || tried)
		return place->store ? 0 : -1;
	if (missing && geteuid() == 0)
		fprintf(stderr,
		    "sideways: made %s, which belongs to root; the web server's user must own it\n",
		    place->database);
	return share_books(place, err);
}

/* Who runs the command; under sudo, who asked for it. */
static struct actor operator(struct arena *arena)
{
	const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *user = getpwuid(getuid());
	const char *name = sudo && *sudo ? sudo : user ? user->pw_name : NULL;

	return (struct actor){
		.name = name ? arena_printf(arena, "%.60s", name)
			     : arena_printf(arena, "uid %u", (unsigned int)getuid()),
		.through = "command line",
	};
}

int workplace_open(struct workplace *place, const struct options *options,
    enum workplace_database database, struct error *err)
{
	*place = (struct workplace){ .now_ms = clock_wall_ms() };
	arena_init(&place->arena);
	place->by = operator(&place->arena);
	if (load_settings(place, options, database, err) == 0) {
		place->database = workplace_database_path(options, place->settings);
		if (database == DATABASE_UNUSED || database == DATABASE_NONE ||
		    open_store(place, database, err) == 0)
			return 0;
	}
	workplace_close(place);
	return -1;
}

void workplace_close(struct workplace *place)
{
	store_close(place->store);
	scratch_remove(&place->scratch);
	if (place->catalog)
		catalog_release(place->catalog);
	else
		settings_free(place->settings);
	arena_release(&place->arena);
	alloc_cleanup(&place->database);
	*place = (struct workplace){ 0 };
	arena_init(&place->arena);
}
