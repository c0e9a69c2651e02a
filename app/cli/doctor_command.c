/*
 * `sideways doctor [URL]`: the place, the providers, and with a URL the public path.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/finding_print.h"
#include "cli/json_print.h"
#include "cli/table_print.h"
#include "cli/workplace.h"
#include "doctor/doctor.h"
#include "relay/gateway.h"
#include "settings/load.h"

#include "base/banned.h"

#define WAIT_MOST_S 600 /* what the gateway's end waits at most, too */

static void print(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];

		printf("%-8s %-12s ", doctor_severity_name(finding->severity), finding->check);
		table_print_text(finding->text, stdout);
		putchar('\n');
		if (finding->change)
			printf("%-21s -> %s\n", "", finding->change);
	}
}

int findings_print(const struct doctor *doctor, const struct options *options)
{
	if (options->json)
		json_print(doctor_json(doctor));
	else
		print(doctor);
	if (doctor_count(doctor, FINDING_PROBLEM) ||
	    (options->strict && doctor_count(doctor, FINDING_WARNING)))
		return EXIT_PROBLEMS;
	return EXIT_DONE;
}

static void look_at_place(struct doctor *doctor, const struct options *options)
{
	AUTO_FREE char *database = workplace_database_path(options, doctor->settings);
	const struct doctor_place place = {
		.settings_path = gateway_settings_path(options->config),
		.database = database,
	};

	doctor_place(doctor, &place);
	if (access(database, F_OK) == 0)
		doctor_store(doctor, database);
	else
		doctor_add(doctor, FINDING_NOTE, "database", NULL,
		    "%s is not there yet; the gateway makes it when it is first asked", database);
	if (doctor->settings && doctor->settings->bank)
		doctor_bank(
		    doctor, doctor->settings->bank, doctor->settings->bank_password, database);
}

static int doctor_run(const struct options *options)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct doctor doctor = { .arena = &arena };
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings;
	int64_t wait_s = 0;
	int status;

	if (options->wait && number_whole(slice_of(options->wait), 1, WAIT_MOST_S, &wait_s, &err)) {
		error_set(&err, ERROR_USAGE, "--wait needs seconds, 1 to %d", WAIT_MOST_S);
		return command_failed(&err);
	}
	settings = settings_load(gateway_settings_path(options->config), &problems, &err);
	doctor.settings = settings;
	look_at_place(&doctor, options);
	doctor_reach(&doctor);
	if (options->argument_count && settings)
		doctor_path(&doctor, options->arguments[0], wait_s * 1000);
	status = findings_print(&doctor, options);
	problems_release(&problems);
	settings_free(settings);
	return status;
}

const struct command doctor_command = { "doctor", "[URL]", 0, 1, "wait strict json",
	"check settings, database, providers and, given the public URL, the way to the gateway; "
	"say which line to change",
	doctor_run };
