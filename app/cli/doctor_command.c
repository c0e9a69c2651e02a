/*
 * `sideways doctor [URL]`: the place, the providers, and with a URL the public path.
 */
#include <string.h>

#include "base/number.h"
#include "cli/commands.h"
#include "cli/doctor.h"
#include "relay/gateway.h"
#include "settings/load.h"

#include "base/banned.h"

#define WAIT_MOST_S 600 /* what the gateway's end waits at most, too */

static int finish(const struct doctor *doctor)
{
	if (doctor->options->json)
		doctor_print_json(doctor);
	else
		doctor_print(doctor);
	for (size_t i = 0; i < doctor->count; i++)
		if (doctor->findings[i].severity == FINDING_PROBLEM ||
		    (doctor->options->strict && doctor->findings[i].severity == FINDING_WARNING))
			return EXIT_PROBLEMS;
	return EXIT_DONE;
}

int doctor_command(const struct options *options)
{
	AUTO_ARENA struct arena arena;
	struct doctor doctor = { .arena = &arena, .options = options };
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings;
	int64_t wait_s = 0;
	int status;

	arena_init(&arena);
	if (options->wait && number_whole(slice_of(options->wait), 1, WAIT_MOST_S, &wait_s, &err)) {
		error_set(&err, ERROR_USAGE, "--wait wants seconds, 1 to %d", WAIT_MOST_S);
		return command_failed(&err);
	}
	settings = settings_load(gateway_settings_path(options->config), &problems, &err);
	doctor.settings = settings;
	doctor_place(&doctor);
	doctor_reach(&doctor);
	if (options->argument_count && settings)
		doctor_path(&doctor, options->arguments[0], wait_s * 1000);
	status = finish(&doctor);
	problems_release(&problems);
	settings_free(settings);
	return status;
}
