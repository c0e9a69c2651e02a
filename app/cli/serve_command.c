/*
 * `sideways serve`: a FastCGI server without a web server that starts it.  The socket is opened
 * here, the workers are forked by web/worker, and each serves through api/serve.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/serve.h"
#include "base/alloc.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/workplace.h"
#include "relay/gateway.h"
#include "settings/load.h"
#include "web/told.h"
#include "web/worker.h"

#include "base/banned.h"

/* Each has a thread a processor, so this is beyond any machine that is meant. */
#define WORKERS_MAX 64

struct serving {
	const char *settings_path;
	int listen_fd;
	int64_t workers;
};

static int serve_worker(void *ctx)
{
	const struct serving *serving = ctx;

	return serve_fastcgi(
	    serving->settings_path, serving->listen_fd, getppid(), (int)serving->workers);
}

/*
 * The workers find the database as every gateway does, from the settings and then SIDEWAYS_DB;
 * --db goes that way too, and so cannot go against the settings.
 */
static int pass_database(
    const struct options *options, const struct settings *settings, struct error *err)
{
	if (!options->db)
		return 0;
	if (settings && settings->database && strcmp(settings->database, options->db) != 0)
		return error_set(err, ERROR_USAGE,
		    "--db %.150s: the settings name %.150s as the database, and serve follows them",
		    options->db, settings->database);
	if (setenv("SIDEWAYS_DB", options->db, 1) != 0)
		return error_set(err, ERROR_INTERNAL, "SIDEWAYS_DB could not be set");
	return 0;
}

/* Settings with problems do not keep the workers from starting: they answer 503 with the reason
 * until the file is mended. */
static int look_at_settings(const struct options *options, const char *path, struct error *err)
{
	struct problems problems = { 0 };
	struct error why = { 0 };
	struct settings *settings = settings_load(path, &problems, &why);

	if (!settings)
		fprintf(
		    stderr, "sideways: serving 503 until the settings can be used: %s\n", why.text);
	int result = pass_database(options, settings, err);
	problems_release(&problems);
	settings_free(settings);
	return result;
}

static int read_workers(const char *text, int64_t *out, struct error *err)
{
	*out = 1;
	if (!text || number_whole(slice_of(text), 1, WORKERS_MAX, out, NULL) == 0)
		return 0;
	return error_set(err, ERROR_USAGE, "--workers needs a number from 1 to %d, not '%.40s'",
	    WORKERS_MAX, text);
}

static int serve_run(const struct options *options)
{
	struct serving serving = { 0 };
	struct error err = { 0 };

	told_hold();
	serving.listen_fd = options->listen ? -1 : worker_inherited();
	if (!options->listen && serving.listen_fd < 0)
		error_set(&err, ERROR_USAGE,
		    "serve needs --listen unix:PATH or --listen HOST:PORT (or a socket from "
		    "systemd)");
	if (err.text[0] || read_workers(options->workers, &serving.workers, &err) < 0)
		return command_failed(&err);
	serving.settings_path = gateway_settings_path(options->config);
	if (look_at_settings(options, serving.settings_path, &err) < 0)
		return command_failed(&err);
	if (options->listen)
		serving.listen_fd = worker_listen(options->listen, &err);
	if (serving.listen_fd < 0)
		return command_failed(&err);
	int status = worker_supervise((int)serving.workers, serve_worker, &serving, &err);
	close(serving.listen_fd);
	if (status < 0)
		return command_failed(&err);
	return status;
}

const struct command serve_command = { "serve", "", 0, 0, "listen workers",
	"answer FastCGI requests on a socket, until SIGTERM", serve_run };
