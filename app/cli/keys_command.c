/*
 * `sideways keys ...`: making keys and ending them.  A new secret is printed once and wiped.
 * On a terminal a sentence stands beside it; into a pipe or a file goes the key alone, so that
 * KEY=$(sideways keys create) works.  Where it cannot be shown (a full disk), no key is left that
 * nobody knows, and none is lost.  keys_list_command.c shows keys.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accounts/key_change.h"
#include "accounts/new_key.h"
#include "base/digest.h"
#include "base/number.h"
#include "cli/budget_print.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/keys_wish.h"
#include "cli/known_team.h"
#include "cli/when.h"
#include "cli/workplace.h"
#include "relay/fallback_check.h"

#include "base/banned.h"

static const char *keys_command_name_of(const struct virtual_key *key)
{
	return key->alias ? key->alias : key->hint;
}

static void show_secret_json(const struct virtual_key *key, const struct key_secret *secret)
{
	json_t *object = json_object();

	json_set_all(object, "key id alias team_id expires@", secret->text, key->id, key->alias,
	    key->team_id, key->expires_ms);
	json_print(object);
}

static void describe_new(const struct virtual_key *key, const struct account_wish *wish)
{
	printf("Key %s", key->id);
	if (key->alias) {
		printf(", alias ");
		table_print_text(key->alias, stdout);
	}
	printf(": %s", strcmp(key->models, "[]") == 0 ? "all models" : "models ");
	if (strcmp(key->models, "[]") != 0)
		table_print_text(key->models, stdout);
	for (size_t i = 0; i < wish->budget_count; i++)
		printf(", %s per %s", number_dollars(wish->budgets[i].limit_nano).text,
		    budget_period_name(wish->budgets[i].period));
	if (!wish->budget_count)
		printf(", no budget of its own");
	for (size_t i = 0; i < wish->model_budget_count; i++) {
		printf(", %s per %s at ", number_dollars(wish->model_budgets[i].limit_nano).text,
		    budget_period_name(wish->model_budgets[i].period));
		table_print_text(wish->model_budgets[i].model, stdout);
	}
	if (key->expires_ms)
		printf(", until %s", when_show(key->expires_ms).text);
	printf(".\nIt is shown this once:\n\n");
}

/* Has stdout taken all of it? */
static int flush_secret(struct error *err)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return error_set(err, ERROR_INTERNAL, "the key could not be shown (%s)", strerror(errno));
}

/* A team that is new is made; one that is there may be named by its alias. */
static int read_new_team(struct workplace *place, struct account_wish *wish, struct error *err)
{
	struct error why = { 0 };
	struct team team;

	if (!wish->team_id || !*wish->team_id)
		return 0;
	if (teams_find(place->store, wish->team_id, &place->arena, &team, &why) == 0) {
		wish->team_id = team.id;
		return 0;
	}
	if (strcmp(wish->team_id, "none") == 0)
		return error_set(err, ERROR_USAGE,
		    "--team none names a team; leave --team out for a key without one");
	return 0;
}

static void show_new(const struct options *options, const struct virtual_key *key,
    const struct account_wish *wish, const struct key_secret *secret)
{
	if (options->json) {
		show_secret_json(key, secret);
		return;
	}
	if (isatty(STDOUT_FILENO))
		describe_new(key, wish);
	puts(secret->text);
}

/* A key that nobody has seen is of no use to anybody, so it does not stay. */
static int take_back(struct workplace *place, const char *id, struct error *err)
{
	struct error why = { 0 };

	if (key_delete(place->store, &place->by, id, place->now_ms, &why) == 0)
		return error_prefix(err, "the new key is deleted again");
	return error_prefix(err, "sideways keys delete %s removes the new key", id);
}

/* Without settings there are no terms. */
static int take_terms(struct workplace *place, struct account_wish *wish, struct error *err)
{
	return place->settings
		   ? new_key_terms(place->settings, place->now_ms, &place->arena, wish, err)
		   : 0;
}

/* --then against the tiers, as the API does. */
static int check_then(struct workplace *place, const char *budget_fallbacks, struct error *err)
{
	struct problems problems = { 0 }; /* `sideways check` tells them */

	if (!budget_fallbacks)
		return 0;
	place->catalog = catalog_new(place->settings, &problems, err);
	problems_release(&problems);
	if (place->catalog)
		return fallback_check_budgets(place->catalog, budget_fallbacks, &place->arena, err);
	place->settings = NULL; /* gone with what could not be made */
	return -1;
}

static int keys_check_names(const struct options *options, struct workplace *place,
    const struct account_wish *wish, struct error *err)
{
	if (options->force || !place->settings)
		return 0;
	if (new_key_check_models(place->settings, wish->models, err) != 0)
		return error_prefix(err, "--models (--force takes it as it is)");
	if (new_key_check_budgets(place->settings, wish, err) != 0)
		return error_prefix(err, "--budget and --then (--force takes them as they are)");
	return check_then(place, wish->budget_fallbacks, err) != 0
		   ? error_prefix(err, "--then (--force takes it as it is)")
		   : 0;
}

static int keys_create_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct key_secret secret;
	struct virtual_key key;
	struct account_wish wish;
	struct error err = { 0 };

	if (workplace_open(&place, options, DATABASE_MAY_BE_MADE, &err) < 0 ||
	    keys_wish_read(options, place.now_ms, &place.arena, &wish, &err) < 0 ||
	    read_new_team(&place, &wish, &err) < 0 || take_terms(&place, &wish, &err) < 0 ||
	    keys_check_names(options, &place, &wish, &err) < 0 ||
	    key_create(
		place.store, &place.by, &wish, place.now_ms, &place.arena, &key, &secret, &err) < 0)
		return command_failed(&err);
	show_new(options, &key, &wish, &secret);
	explicit_bzero(&secret, sizeof secret);
	if (flush_secret(&err) < 0 && take_back(&place, key.id, &err) < 0)
		return command_failed(&err);
	return EXIT_DONE;
}

const struct command keys_create_command = { "keys create", "", 0, 0,
	"alias team models budget then refusal rpm tpm parallel expires role force json",
	"make a virtual key and show it, this once", keys_create_run };

/* The place and the key that the first argument names; 0, or -1 with err. */
static int open_key(struct workplace *place, const struct options *options, struct virtual_key *key,
    struct error *err)
{
	if (workplace_open(place, options, DATABASE_MUST_EXIST, err) < 0)
		return -1;
	return keys_find(place->store, options->arguments[0], &place->arena, key, err);
}

static bool nothing_wished(const struct account_wish *wish)
{
	return !wish->alias && !wish->team_id && !wish->models && wish->expires_ms == KEY_KEEP &&
	       !wish->budget_count && !wish->model_budgets && !wish->budget_fallbacks &&
	       !wish->limits && !wish->noted;
}

/* The team that a key goes to must be there, since a new one would have no limits. */
static int read_team(struct workplace *place, struct account_wish *wish, struct error *err)
{
	struct team team;

	if (!wish->team_id || !*wish->team_id)
		return 0;
	if (known_team(place, wish->team_id,
		"--team '' takes the key out of its team, keys create --team makes a team", &team,
		err) < 0)
		return -1;
	wish->team_id = team.id;
	wish->team_must_exist = true;
	return 0;
}

static int keys_update_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct virtual_key key;
	struct account_wish wish;
	struct error err = { 0 };

	if (open_key(&place, options, &key, &err) < 0 ||
	    keys_wish_read(options, place.now_ms, &place.arena, &wish, &err) < 0 ||
	    keys_check_names(options, &place, &wish, &err) < 0)
		return command_failed(&err);
	if (nothing_wished(&wish)) {
		error_set(&err, ERROR_USAGE,
		    "keys update needs something to change: --alias, --team, --models, --budget, "
		    "--then, --refusal, --rpm, --tpm, --parallel, --expires");
		return command_failed(&err);
	}
	if (read_team(&place, &wish, &err) < 0 ||
	    key_update(place.store, &place.by, key.id, &wish, place.now_ms, &err) < 0)
		return command_failed(&err);
	printf("Updated %s.\n", key.id);
	return EXIT_DONE;
}

const struct command keys_update_command = { "keys update", "KEY", 1, 1,
	"alias team models budget then refusal rpm tpm parallel expires force",
	"change what is given, leave the rest", keys_update_run };

static int keys_command_set_blocked(const struct options *options, bool blocked)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct virtual_key key;
	struct error err = { 0 };

	if (open_key(&place, options, &key, &err) < 0 ||
	    key_set_blocked(place.store, &place.by, key.id, blocked, place.now_ms, &err) < 0)
		return command_failed(&err);
	printf("%s is %s.\n", key.id,
	    blocked ? "blocked: its requests are refused from now on" : "good again");
	return EXIT_DONE;
}

static int keys_block_run(const struct options *options)
{
	return keys_command_set_blocked(options, true);
}

const struct command keys_block_command = { "keys block", "KEY", 1, 1, "",
	"refuse a key from now on, in every process", keys_block_run };

static int keys_unblock_run(const struct options *options)
{
	return keys_command_set_blocked(options, false);
}

const struct command keys_unblock_command = { "keys unblock", "KEY", 1, 1, "",
	"accept a blocked key again", keys_unblock_run };

static void show_rotated(const struct options *options, const struct workplace *place,
    const struct virtual_key *key, int64_t grace_ms, const struct key_secret *secret)
{
	if (options->json) {
		show_secret_json(key, secret);
		return;
	}
	if (isatty(STDOUT_FILENO) && grace_ms)
		printf("%s has a new secret; the old one stays valid until %s.\nIt is shown this "
		       "once:\n\n",
		    key->id, when_show(place->now_ms + grace_ms).text);
	else if (isatty(STDOUT_FILENO))
		printf("%s has a new secret; the old one is refused from now on.\nIt is shown this "
		       "once:\n\n",
		    key->id);
	puts(secret->text);
}

/* The new secret is shown first and then put in force: the old one's end cannot be undone. */
static int rotate(struct workplace *place, const struct options *options,
    const struct virtual_key *key, int64_t grace_ms, struct error *err)
{
	struct digest_secret random = digest_new_secret();
	struct account_wish wish = { .expires_ms = KEY_KEEP };
	struct key_secret secret;
	int result;

	snprintf(secret.text, sizeof secret.text, "sk-%s", random.text);
	wish.secret = secret.text;
	show_rotated(options, place, key, grace_ms, &secret);
	result = flush_secret(err);
	if (result != 0)
		(void)error_prefix(err, "nothing has changed; the old key stays valid");
	else if (key_rotate(place->store, &place->by, key->id, grace_ms, &wish, place->now_ms,
		     &secret, err) != 0)
		result = error_prefix(
		    err, "the key that was shown is not in force; the old one stays valid");
	explicit_bzero(&random, sizeof random);
	explicit_bzero(&secret, sizeof secret);
	return result;
}

static int keys_rotate_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct virtual_key key;
	struct error err = { 0 };
	int64_t grace_ms = 0;

	if (options->grace && when_span(options->grace, &grace_ms, &err) < 0) {
		error_prefix(&err, "--grace");
		return command_failed(&err);
	}
	if (open_key(&place, options, &key, &err) < 0 ||
	    rotate(&place, options, &key, grace_ms, &err) < 0)
		return command_failed(&err);
	return EXIT_DONE;
}

const struct command keys_rotate_command = { "keys rotate", "KEY", 1, 1, "grace json",
	"give a key a new secret; its id, budgets and history stay", keys_rotate_run };

/* Asks where somebody can be asked; a script that names a key means it. */
static bool sure_to_delete(const struct virtual_key *key)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return true;
	printf("Delete %s (", key->id);
	table_print_text(keys_command_name_of(key), stdout);
	printf(") for good? [y/N] ");
	fflush(stdout);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int keys_delete_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct virtual_key key;
	struct error err = { 0 };

	if (open_key(&place, options, &key, &err) < 0)
		return command_failed(&err);
	if (!options->yes && !sure_to_delete(&key)) {
		puts("Nothing was done.");
		return EXIT_PROBLEMS;
	}
	if (key_delete(place.store, &place.by, key.id, place.now_ms, &err) < 0)
		return command_failed(&err);
	printf("%s is deleted; what it spent stays on record.\n", key.id);
	return EXIT_DONE;
}

const struct command keys_delete_command = { "keys delete", "KEY", 1, 1, "yes",
	"end a key for good; what it spent stays on record", keys_delete_run };
