/*
 * Puts gateway, routes and worker together.  See the header.
 */
#include "api/serve.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/api.h"
#include "base/alloc.h"
#include "base/confine.h"
#include "base/log.h"
#include "base/resident.h"
#include "panel/panel.h"
#include "web/worker.h"

#include "base/banned.h"

#define BODY_MAX_DEFAULT   ((int64_t)32 << 20) /* when there are no settings to say otherwise */
#define ANSWER_MS_DEFAULT  600000
#define DESCRIPTORS_WANTED 16384
#define DESCRIPTORS_BESIDE 64 /* of the database, kept connections, and the like */
#define REQUESTS_DEFAULT   64

static void limits(void *ctx, struct worker_limits *out)
{
	struct api *api = ctx;
	struct catalog *catalog = gateway_catalog(&api->gateway, NULL);

	*out = (struct worker_limits){ BODY_MAX_DEFAULT, ANSWER_MS_DEFAULT, ANSWER_MS_DEFAULT };
	if (catalog) {
		out->body_bytes = catalog_settings(catalog)->max_body_bytes;
		out->answer_ms = catalog_settings(catalog)->request_deadline_ms;
		out->reader_ms = catalog_settings(catalog)->request_timeout_ms;
	}
	catalog_release(catalog);
}

static void tick(void *ctx)
{
	struct api *api = ctx;

	gateway_tick(&api->gateway);
	resident_rest();
}

static void reload(void *ctx)
{
	struct api *api = ctx;

	gateway_reload(&api->gateway);
}

static void ending(void *ctx)
{
	struct api *api = ctx;

	gateway_wait(&api->gateway, worker_drain_left_ms());
}

/* What the setting says, as far as descriptors go: the web server's and the provider's. */
static int requests_most(int64_t setting)
{
	struct rlimit descriptors;
	int64_t most = INT32_MAX;

	if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0 && descriptors.rlim_cur < (rlim_t)INT32_MAX)
		most = ((int64_t)descriptors.rlim_cur - DESCRIPTORS_BESIDE) / 2;
	return (int)(setting < most ? setting : most > 1 ? most : 1);
}

static void fill_options(struct api *api, struct worker_options *options)
{
	struct catalog *catalog = gateway_catalog(&api->gateway, NULL);

	*options = (struct worker_options){
		.max_requests = requests_most(
		    catalog ? catalog_settings(catalog)->max_concurrency : REQUESTS_DEFAULT),
		.limits = limits,
		.judge = api_judge,
		.drain_ms = catalog ? catalog_settings(catalog)->drain_ms : 30000,
		.handle = api_handle,
		.tick = tick,
		.reload = reload,
		.ending = ending,
		.ctx = api,
	};
	catalog_release(catalog);
}

/* Mail by a local program needs to start it; a destination that is added later waits for a restart.
 */
static bool starts_programs(struct api *api)
{
	struct catalog *catalog = gateway_catalog(&api->gateway, NULL);
	const struct alert_settings *alerts = catalog ? &catalog_settings(catalog)->alerts : NULL;
	bool starts = false;

	for (size_t i = 0; alerts && i < alerts->destination_count; i++)
		starts = starts || alerts->destinations[i].sendmail;
	catalog_release(catalog);
	return starts;
}

static int serve_finish(struct api *api, int result, const struct error *err)
{
	if (result != 0)
		log_event(LOG_ERROR, "serve", "%s", err->text);
	gateway_release(&api->gateway);
	return result == 0 ? 0 : 1;
}

static int start_failed(const struct error *err)
{
	log_event(LOG_ERROR, "serve", "%s", err->text);
	return 1;
}

/* Requests on their way cost descriptors, and many systems begin with 1,024. */
static void raise_descriptors(void)
{
	struct rlimit descriptors;

	if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0 ||
	    descriptors.rlim_cur >= DESCRIPTORS_WANTED)
		return;
	descriptors.rlim_cur =
	    descriptors.rlim_max < DESCRIPTORS_WANTED ? descriptors.rlim_max : DESCRIPTORS_WANTED;
	(void)setrlimit(RLIMIT_NOFILE, &descriptors); /* fewer connections, if it may not be */
}

int serve_fastcgi(const char *settings_path, int listen_fd, pid_t parent, int processes)
{
	struct api api = { .pinged_ms = 0 };
	struct worker_options options;
	struct error err = { 0 };

	raise_descriptors();
	/* They are built in, so what is wrong with one is wrong for every page of every worker. */
	if (panel_check_templates(&err) != 0)
		return start_failed(&err);
	gateway_init(&api.gateway, settings_path, STORE_SHARED);
	(void)confine(starts_programs(&api)); /* a host that has no filters is no reason to stop */
	fill_options(&api, &options);
	options.listen_fd = listen_fd;
	options.parent = parent;
	options.processes = processes;
	resident_trim();
	return serve_finish(&api, worker_serve(&options, &err), &err);
}

/* setenv, which the time zone needs, may move the array while the request's variables are read. */
static char **copy_environment(char **environment)
{
	size_t count = 0;
	char **copy;

	while (environment[count])
		count++;
	copy = alloc_zero(count + 1, sizeof *copy);
	memcpy(copy, environment, count * sizeof *copy);
	return copy;
}

/* A web server may take the answer to last as long as the pipe is open; what follows it (alerts,
 * traces) is no part of it. */
static void end_answer(void)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere < 0)
		return; /* then it lasts */
	(void)dup2(nowhere, STDOUT_FILENO);
	close(nowhere);
}

int serve_cgi(const char *settings_path, char **environment)
{
	char **variables = copy_environment(environment);
	struct api api = { .pinged_ms = 0 };
	struct worker_options options;
	struct error err = { 0 };
	int result;

	gateway_init(&api.gateway, settings_path, STORE_ONCE);
	(void)confine(starts_programs(&api));
	fill_options(&api, &options);
	result = worker_answer_cgi(&options, variables, &err);
	end_answer();
	gateway_tick(&api.gateway);
	free(variables);
	return serve_finish(&api, result, &err);
}
