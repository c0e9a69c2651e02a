/*
 * Several worker processes over one listening socket.  worker_supervise is declared in worker.h.
 *
 * The parent holds nothing but the socket: it starts workers, starts them again when they die (at
 * once, then with a pause that grows to five seconds for one that dies young), and passes on what
 * it is told.  One worker has a parent too, or nobody would start it again.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/told.h"
#include "web/worker.h"

#include "base/banned.h"

#define LOOK_MS        100
#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS  5000
#define YOUNG_MS       10000  /* a worker that lived longer than this died of something new */
#define KILL_AFTER_MS  330000 /* the longest drain and a grace: then a worker hangs */

struct child {
	pid_t pid; /* 0: not running */
	int64_t started_ms, start_at_ms, pause_ms;
};

struct supervisor {
	struct child *children;
	int count;
	int (*run)(void *ctx);
	void *ctx;
	pid_t self;
};

static void supervise_start(struct supervisor *s, struct child *child)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (getppid() != s->self) /* gone in this moment: the worker would never know */
			_exit(0);
		_exit(s->run(s->ctx));
	}
	if (pid < 0) {
		log_event(LOG_ERROR, "supervisor", "no process can be started");
		child->start_at_ms = clock_mono_ms() + PAUSE_MOST_MS;
		return;
	}
	child->pid = pid;
	child->started_ms = clock_mono_ms();
}

static void note_death(struct supervisor *s, pid_t pid, int status, bool stopping)
{
	for (int i = 0; i < s->count; i++) {
		struct child *child = &s->children[i];
		int64_t now_ms = clock_mono_ms();

		if (child->pid != pid)
			continue;
		child->pid = 0;
		child->pause_ms = now_ms - child->started_ms > YOUNG_MS ? 0
				  : child->pause_ms                     ? child->pause_ms * 2
									: PAUSE_FIRST_MS;
		if (child->pause_ms > PAUSE_MOST_MS)
			child->pause_ms = PAUSE_MOST_MS;
		child->start_at_ms = now_ms + child->pause_ms;
		if (!stopping)
			log_event(LOG_WARNING, "supervisor",
			    "worker %d ended (%s %d); another is started in %lld ms", (int)pid,
			    WIFSIGNALED(status) ? "signal" : "status",
			    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
			    (long long)child->pause_ms);
	}
}

/* How many are running, after the dead are collected and those due are started. */
static int tend(struct supervisor *s, bool stopping)
{
	int running = 0, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		note_death(s, pid, status, stopping);
	for (int i = 0; i < s->count; i++) {
		if (!stopping && s->children[i].pid == 0 &&
		    s->children[i].start_at_ms <= clock_mono_ms())
			supervise_start(s, &s->children[i]);
		running += s->children[i].pid != 0;
	}
	return running;
}

static void signal_all(const struct supervisor *s, int signal_number)
{
	for (int i = 0; i < s->count; i++)
		if (s->children[i].pid)
			(void)kill(s->children[i].pid,
			    signal_number); /* one that is gone already is collected soon */
}

static void stop(struct supervisor *s)
{
	int64_t begun_ms = clock_mono_ms();

	signal_all(s, SIGTERM);
	while (tend(s, true) > 0) {
		(void)told_wait(LOOK_MS); /* a child's end ends the wait early */
		if (clock_mono_ms() - begun_ms > KILL_AFTER_MS)
			signal_all(s, SIGKILL);
	}
}

int worker_supervise(int count, int (*run)(void *ctx), void *ctx, struct error *err)
{
	struct supervisor s = { .count = count, .run = run, .ctx = ctx, .self = getpid() };
	enum told told;

	if (count < 1 || count > 64)
		return error_set(
		    err, ERROR_USAGE, "--workers %d: expected a number from 1 to 64", count);
	told_hold();
	s.children = alloc_zero((size_t)count, sizeof *s.children);
	do {
		(void)tend(&s, false);
		told = told_wait(LOOK_MS);
		if (told == TOLD_RELOAD)
			signal_all(&s, SIGHUP);
	} while (told != TOLD_STOP);
	stop(&s);
	free(s.children);
	return 0;
}
