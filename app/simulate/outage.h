#ifndef SIMULATE_OUTAGE_H
#define SIMULATE_OUTAGE_H

/*
 * A failure of a provider, as a sentence:
 *
 *	deepseek answers 429 for 30% from Friday 18:00 until Monday 08:00
 *	cheap-group is down from 2026-11-27 09:00
 *
 * Who: a provider, a model group, a deployment's id, or a provider's model.  What: `answers` and a
 * status from 400 to 599, or `is down` (connections are refused).  `for` is the share of calls that
 * fail, all when left out.  Times are UTC: a day of the week and an hour is the first such moment
 * after the simulation's first midnight; without `from` it lasts from the beginning, without
 * `until` to the end.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "settings/settings.h"

#define OUTAGE_NAME_MAX 128

struct outage {
	char who[OUTAGE_NAME_MAX];
	int status;  /* 0: down */
	int percent; /* of the calls */
	int64_t from_ms, until_ms;
};

/* start_ms: the simulation's.  ERROR_USAGE says which word was not understood, and what was wanted.
 */
int outage_parse(const char *sentence, int64_t start_ms, struct outage *out, struct error *err);

bool outage_is_of(const struct outage *outage, const struct deployment *deployment);

/* Is there a deployment that it is of?  Else it would change nothing, silently. */
bool outage_meets(const struct outage *outage, const struct settings *settings);

#endif
