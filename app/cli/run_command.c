/*
 * `sideways run config.yaml`: the whole gateway in one command, until Ctrl-C.
 *
 * This process starts two: `serve` on a socket in the run's folder, and a web server before it
 * (web_front.h).  It then waits: when either ends, or a signal comes, the web server is told to end
 * what runs, and the gateway after it.  Both die with this process.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accounts/admins.h"
#include "accounts/key_change.h"
#include "accounts/new_key.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/lessons.h"
#include "cli/look.h"
#include "cli/web_front.h"
#include "cli/workplace.h"
#include "relay/gateway.h"
#include "settings/demo_settings.h"
#include "settings/load.h"
#include "web/told.h"

#include "base/banned.h"

#define RUN_PORT      4000
#define START_MOST_MS 20000
/* Beyond the drain of the settings' default (30 s), so that the gateway ends by itself. */
#define END_MOST_MS 40000

struct run {
	struct options options; /* of `serve`, and of the commands that make the key */
	const struct web_front *front;
	struct web_front_place place;
	char *settings_path, *folder, *socket, *key_file, *listen;
	pid_t gateway, server;
};

static void run_release(struct run *run)
{
	alloc_cleanup(&run->settings_path);
	alloc_cleanup(&run->folder);
	alloc_cleanup(&run->socket);
	alloc_cleanup(&run->key_file);
	alloc_cleanup(&run->listen);
}

/* ---- what is asked for */

/* "gateway.yaml" has its folder "gateway.run" beside it. */
static char *folder_beside(const char *settings_path)
{
	const char *dot = strrchr(settings_path, '.'), *slash = strrchr(settings_path, '/');
	size_t len = dot && dot > slash ? (size_t)(dot - settings_path) : strlen(settings_path);

	return alloc_printf("%.*s.run", (int)len, settings_path);
}

static int make_run_folder(struct run *run, struct error *err)
{
	AUTO_FREE char *wish = run->options.folder ? alloc_copy(run->options.folder)
						   : folder_beside(run->settings_path);

	if (mkdir(wish, 0700) != 0 && errno != EEXIST)
		return error_set(err, ERROR_SETTINGS, "%.300s: %s; --folder names another", wish,
		    strerror(errno));
	run->folder = realpath(wish, NULL);
	if (!run->folder)
		return error_set(err, ERROR_SETTINGS, "%.300s: %s", wish, strerror(errno));
	run->socket = alloc_printf("%s/sideways.sock", run->folder);
	run->key_file = alloc_printf("%s/key", run->folder);
	run->listen = alloc_printf("unix:%s", run->socket);
	run->options.listen = run->listen;
	run->place.folder = run->folder;
	run->place.socket = run->socket;
	return 0;
}

static int read_place(const struct options *options, struct run *run, struct error *err)
{
	run->options = *options;
	run->settings_path = alloc_copy(gateway_settings_path(
	    options->argument_count ? options->arguments[0] : options->config));
	run->options.config = run->settings_path;
	run->place.host = options->host ? options->host : "127.0.0.1";
	run->place.port = RUN_PORT;
	if (options->port &&
	    number_whole(slice_of(options->port), 1, 65535, &run->place.port, NULL) != 0)
		return error_set(err, ERROR_USAGE,
		    "--port needs a number from 1 to 65535, not '%.40s'", options->port);
	return web_front_find(options->server, &run->front, err);
}

/* Settings with problems are told in a line, in the words of `check`, which says them all. */
static int look_at_file(const struct run *run, struct error *err)
{
	struct problems problems = { 0 };
	struct error why = { 0 };
	struct settings *settings = settings_load(run->settings_path, &problems, &why);
	struct look look;
	int result = 0;

	look_at(run->settings_path, &look);

	if (!settings && access(run->settings_path, F_OK) != 0)
		result = error_set(err, why.kind,
		    "%.350s; name yours, as in sideways run config.yaml, or make one: sideways "
		    "demo --write .",
		    why.text);
	else if (!settings)
		result = error_set(err, why.kind, "%s%.350s; sideways check %.100s says all",
		    look_unset_words(&look) ? "error: " : "",
		    look_unset_words(&look) ? look_unset_words(&look) : why.text,
		    run->settings_path);
	else if (look.problems.errors || look.problems.warnings) {
		printf("%s: ", run->settings_path);
		look_print_counts(&look);
		printf("; sideways check %s shows them.\n", run->settings_path);
		(void)fflush(stdout); /* else each child has it, too */
	}
	look_release(&look);
	problems_release(&problems);
	settings_free(settings);
	return result;
}

/* ---- a first key and a first admin */

static int note_key(void *ctx, const struct virtual_key *key)
{
	(void)key;
	*(bool *)ctx = true;
	return 1;
}

/* As ./quickstart gives it, within what the settings allow.  The key goes into the run's folder and
 * nowhere else: what is printed may end in a log. */
static int make_first_key(struct workplace *place, const struct run *run, struct error *err)
{
	const struct budget_wish budget = { .limit_nano = 5 * NANO_PER_DOLLAR, .period = "1d" };
	struct account_wish wish = {
		.alias = "first", .expires_ms = KEY_KEEP, .budgets = &budget, .budget_count = 1
	};
	struct key_secret secret = { 0 };
	struct virtual_key key;

	if (new_key_terms(place->settings, place->now_ms, &place->arena, &wish, err) < 0 ||
	    key_create(place->store, &place->by, &wish, place->now_ms, &place->arena, &key, &secret,
		err) < 0)
		return -1;
	(void)unlink(run->key_file); /* of a database that is gone */
	int result = demo_settings_write(run->key_file, slice_of(secret.text), err);
	explicit_bzero(&secret, sizeof secret);
	return result;
}

static void say_how_to_sign_in(struct workplace *place, const char *base)
{
	struct digest_secret code;
	struct error err = { 0 };

	printf("\n  panel      %s/admin/\n", base);
	if (admins_count(place->store, &err) == 0 &&
	    admins_setup_code_new(place->store, &code, &err) == 0)
		printf("             make the first admin there with the setup code %s (good for "
		       "30 minutes)\n",
		    code.text);
}

/* A name that a client can ask for. */
static const char *some_model(const struct settings *settings)
{
	for (size_t i = 0; i < settings->deployment_count; i++)
		if (!strchr(settings->deployments[i].group, '*'))
			return settings->deployments[i].group;
	return "MODEL";
}

static void say_how_to_ask(
    const struct workplace *place, const struct run *run, const char *base, bool has_key)
{
	AUTO_FREE char *key = alloc_printf("$(cat '%s')", run->key_file);

	printf("  base URL   %s/v1\n", base);
	if (!has_key) {
		printf("  keys       those that its database has; sideways keys create --config %s "
		       "makes another\n",
		    run->settings_path);
		return;
	}
	printf("  key        in %s (5 dollars a day)\n\n"
	       "  curl %s/v1/chat/completions -H \"Authorization: Bearer %s\" -H 'Content-Type: "
	       "application/json' -d "
	       "'{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'\n",
	    run->key_file, base, key, some_model(place->settings));
	lessons_print(place->settings, base, key);
}

/* "http://127.0.0.1:4000": everybody's address is this machine's, too. */
static char *base_url(const struct web_front_place *place)
{
	bool all = text_is_one_of(place->host, "0.0.0.0 ::");
	const char *host = all ? "127.0.0.1" : place->host;

	return alloc_printf(
	    strchr(host, ':') ? "http://[%s]:%d" : "http://%s:%d", host, (int)place->port);
}

static int welcome(const struct run *run, struct error *err)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	AUTO_FREE char *base = base_url(&run->place);
	bool has_keys = false;

	if (workplace_open(&place, &run->options, DATABASE_MAY_BE_MADE, err) < 0 ||
	    keys_each(place.store, false, &place.arena, note_key, &has_keys, err) < 0 ||
	    (!has_keys && make_first_key(&place, run, err) < 0))
		return -1;
	printf("Sideways runs %s behind %s.\n", run->settings_path, web_front_name(run->front));
	say_how_to_sign_in(&place, base);
	say_how_to_ask(&place, run, base, access(run->key_file, R_OK) == 0);
	AUTO_FREE char *database = realpath(place.database, NULL);
	printf("\n  database   %s\n  logs       %s/%s.log, and here\n  stop       Ctrl-C\n",
	    database ? database : place.database, run->folder, web_front_name(run->front));
	(void)fflush(stdout); /* nobody may be reading; the gateway serves all the same */
	return 0;
}

/* ---- the two processes */

enum child { CHILD_GATEWAY, CHILD_SERVER };

/* Both in groups of their own: Ctrl-C is for this process, which ends them in order. */
static pid_t start_child(const struct run *run, enum child which)
{
	const pid_t parent = getpid();
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_PROBLEMS);
	if (which == CHILD_SERVER)
		web_front_become(run->front, &run->place);
	exit(serve_command.run(&run->options));
}

/* Does somebody accept connections there? */
static bool is_open(int family, const struct sockaddr *address, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool result = fd >= 0 && connect(fd, address, len) == 0;

	if (fd >= 0)
		close(fd);
	return result;
}

static bool gateway_is_open(const struct run *run)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(run->socket) >= sizeof address.sun_path)
		return true; /* `serve` says so */
	snprintf(address.sun_path, sizeof address.sun_path, "%s", run->socket);
	return is_open(AF_UNIX, (const struct sockaddr *)(const void *)&address, sizeof address);
}

/* The first that has ended, or 0. */
static pid_t ended_child(const struct run *run)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	return pid == run->gateway || pid == run->server ? pid : 0;
}

static int explain_end(const struct run *run, pid_t pid, struct error *err)
{
	if (pid == run->gateway)
		return error_set(err, ERROR_INTERNAL, "the gateway has ended");
	return error_set(err, ERROR_INTERNAL, "%s has ended; %s/%s.log says why",
	    web_front_name(run->front), run->folder, web_front_name(run->front));
}

static bool server_is_open(const struct run *run)
{
	struct sockaddr_storage address;
	socklen_t len;
	int family = web_front_address(&run->place, &address, &len);

	return is_open(family, (const struct sockaddr *)(const void *)&address, len);
}

static int wait_until_open(
    const struct run *run, bool (*open)(const struct run *run), struct error *err)
{
	const int64_t until_ms = clock_mono_ms() + START_MOST_MS;

	while (!open(run)) {
		pid_t ended = ended_child(run);

		if (ended)
			return explain_end(run, ended, err);
		if (clock_mono_ms() > until_ms)
			return error_set(err, ERROR_INTERNAL, "nothing answers after %d s",
			    START_MOST_MS / 1000);
		if (told_wait(50) == TOLD_STOP)
			return error_set(err, ERROR_INTERNAL, "stopped while it started");
	}
	return 0;
}

/* A second word to stop, or too long a wait, ends it at once. */
static void end_child(pid_t *pid, int farewell)
{
	const int64_t until_ms = clock_mono_ms() + END_MOST_MS;

	if (*pid <= 0)
		return;
	(void)kill(*pid, farewell);
	while (waitpid(*pid, NULL, WNOHANG) == 0)
		if (told_wait(200) == TOLD_STOP || clock_mono_ms() > until_ms)
			(void)kill(*pid, SIGKILL);
	*pid = 0;
}

static void end_children(struct run *run)
{
	end_child(&run->server, web_front_farewell(run->front));
	end_child(&run->gateway, SIGTERM);
}

/* The gateway first, so that the web server never finds the door closed. */
static int start_children(struct run *run, struct error *err)
{
	run->gateway = start_child(run, CHILD_GATEWAY);
	if (run->gateway < 0 || wait_until_open(run, gateway_is_open, err) < 0)
		return -1;
	run->server = start_child(run, CHILD_SERVER);
	return run->server < 0 ? -1 : wait_until_open(run, server_is_open, err);
}

/* Until somebody stops it (0), or one of the two has ended (-1). */
static int stay(struct run *run, struct error *err)
{
	for (;;) {
		enum told told = told_wait(60000);
		pid_t ended = ended_child(run);

		if (ended)
			return explain_end(run, ended, err);
		if (told == TOLD_STOP)
			return 0;
		if (told == TOLD_RELOAD)
			(void)kill(run->gateway, SIGHUP);
	}
}

static int run_prepare(const struct options *options, struct run *run, struct error *err)
{
	if (read_place(options, run, err) < 0 || look_at_file(run, err) < 0 ||
	    web_front_check_port(&run->place, err) < 0 || make_run_folder(run, err) < 0)
		return -1;
	return web_front_write(run->front, &run->place, err);
}

static int run_run(const struct options *options)
{
	struct run run = { 0 };
	struct error err = { 0 };
	int result;

	told_hold();
	result = run_prepare(options, &run, &err);
	if (result == 0) {
		if ((result = start_children(&run, &err)) == 0 &&
		    (result = welcome(&run, &err)) == 0)
			result = stay(&run, &err);
		end_children(&run);
	}
	run_release(&run);
	return result == 0 ? EXIT_DONE : command_failed(&err);
}

const struct command run_command = { "run", "[FILE]", 0, 1, "port host server folder",
	"start the gateway with a web server that is installed, until Ctrl-C", run_run };
