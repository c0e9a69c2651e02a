/*
 * The list of findings.  See the header.
 */
#include "doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json_build.h"

#include "base/banned.h"

static const char *const severity_names[] = { "ok", "note", "warning", "problem" };

void doctor_add(struct doctor *doctor, enum severity severity, const char *check,
    const char *change, const char *fmt, ...)
{
	char text[700];
	va_list args;

	if (doctor->count == FINDINGS_MAX)
		return; /* more than any place can have: four times the checks and providers */
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	doctor->findings[doctor->count++] =
	    (struct finding){ severity, check, arena_copy(doctor->arena, text), change };
}

size_t doctor_count(const struct doctor *doctor, enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < doctor->count; i++)
		count += doctor->findings[i].severity == severity;
	return count;
}

const char *doctor_severity_name(enum severity severity)
{
	return severity_names[severity];
}

json_t *doctor_json(const struct doctor *doctor)
{
	json_t *root = json_object(), *list = json_array();

	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];
		json_t *one = json_object();

		json_set_text(one, "severity", severity_names[finding->severity]);
		json_set_bool(one, severity_names[finding->severity], true);
		json_set_all(
		    one, "check text change", finding->check, finding->text, finding->change);
		json_append(list, one);
	}
	json_set_all(root, "server problems warnings findings", doctor_server_name(doctor->server),
	    (int64_t)doctor_count(doctor, FINDING_PROBLEM),
	    (int64_t)doctor_count(doctor, FINDING_WARNING), list);
	return root;
}
