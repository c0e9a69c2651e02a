/*
 * The flag that SIGTERM, SIGPIPE, SIGHUP and SIGINT set under CGI.  System calls are not restarted,
 * so that a wait ends and looks at it.
 */
#include "web/client_signal.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/banned.h"

static atomic_bool came;

static void on_signal(int signal_number)
{
	atomic_store_explicit(&came, true, memory_order_relaxed);
}

void client_signal_watch(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = SIG_IGN; /* what asks a server to drain, or means nothing to it */
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
}

bool client_signal_came(void)
{
	return atomic_load_explicit(&came, memory_order_relaxed);
}
