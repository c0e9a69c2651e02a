/* A group of tests as main: in a fiber where the file that includes it says IN_FIBER, else in the
 * main thread. */
#include "base/fiber.h"

static int run_here(void (*run_group)(void *failed))
{
	int failed = 1;
#ifdef IN_FIBER
	struct carrier *carrier = carrier_new();

	fiber_start(carrier, run_group, &failed);
	carrier_stop(carrier);
	carrier_run(carrier);
	carrier_free(carrier);
#else
	run_group(&failed);
#endif
	return failed;
}
