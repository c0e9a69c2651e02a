/*
 * A table of signals and a wait for any of them.  See the header.
 */
#include "web/told.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "base/banned.h"

static const struct {
	int number;
	enum told means;
} signals[] = {
	{ SIGTERM, TOLD_STOP },
	{ SIGINT, TOLD_STOP },
	{ SIGUSR1, TOLD_STOP }, /* FastCGI's own word for it, from mod_fcgid and spawners */
	{ SIGHUP, TOLD_RELOAD },
	{ SIGUSR2, TOLD_NOTHING },
	{ SIGALRM, TOLD_NOTHING },
	{ SIGCHLD, TOLD_CHILD },
};

static void fill(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaddset(set, signals[i].number);
}

void told_hold(void)
{
	sigset_t set;

	fill(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

enum told told_wait(int64_t wait_ms)
{
	const struct timespec wait = { .tv_sec = wait_ms / 1000,
		.tv_nsec = wait_ms % 1000 * 1000000 };
	sigset_t set;
	int came;

	fill(&set);
	came = sigtimedwait(&set, NULL, &wait);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		if (signals[i].number == came)
			return signals[i].means;
	return TOLD_NOTHING;
}
