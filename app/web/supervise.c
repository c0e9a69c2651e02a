/*
 * Several worker processes over one listening socket.  worker_supervise is declared in worker.h.
 *
 * The parent holds nothing but the socket: it starts workers, starts them again when they die (at
 * once, then with a pause that grows to five seconds for one that dies young), and passes SIGTERM
 * on.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/worker.h"

#include "base/banned.h"

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
	sigset_t signals, before;
};

static void start(struct supervisor *s, struct child *child)
{
	pid_t pid = fork();

	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &s->before, NULL);
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
			start(s, &s->children[i]);
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

static int next_signal(const struct supervisor *s)
{
	const struct timespec wait = { .tv_sec = 0, .tv_nsec = 100000000 };

	return sigtimedwait(&s->signals, NULL, &wait);
}

static void stop(struct supervisor *s)
{
	int64_t begun_ms = clock_mono_ms();

	signal_all(s, SIGTERM);
	while (tend(s, true) > 0) {
		(void)next_signal(s); /* SIGCHLD ends the wait early */
		if (clock_mono_ms() - begun_ms > KILL_AFTER_MS)
			signal_all(s, SIGKILL);
	}
}

int worker_supervise(int count, int (*run)(void *ctx), void *ctx, struct error *err)
{
	struct supervisor s = { .count = count, .run = run, .ctx = ctx };

	if (count == 1)
		return run(ctx);
	if (count < 1 || count > 64)
		return error_set(
		    err, ERROR_USAGE, "--workers %d: expected a number from 1 to 64", count);
	s.children = alloc_zero((size_t)count, sizeof *s.children);
	sigemptyset(&s.signals);
	sigaddset(&s.signals, SIGTERM);
	sigaddset(&s.signals, SIGINT);
	sigaddset(&s.signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &s.signals, &s.before);
	for (;;) {
		int came;

		(void)tend(&s, false);
		came = next_signal(&s);
		if (came == SIGTERM || came == SIGINT)
			break;
	}
	stop(&s);
	sigprocmask(SIG_SETMASK, &s.before, NULL);
	free(s.children);
	return 0;
}
