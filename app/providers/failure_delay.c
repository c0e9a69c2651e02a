/*
 * Delays out of headers, details and words.  See the header.
 */
#include "providers/failure_delay.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_read.h"
#include "base/number.h"

#include "base/banned.h"

#define DELAY_MAX_MS (INT64_C(86400) * 1000 * 366) /* a longer one is nonsense */

static int64_t sane(int64_t ms)
{
	return ms >= 0 && ms <= DELAY_MAX_MS ? ms : -1;
}

/* "Wed, 21 Oct 2026 07:28:00 GMT" or "2026-10-21T07:28:00Z"; past dates give 0. */
static int64_t until_date(const char *text, int64_t now_ms)
{
	static const char *const formats[] = { "%a, %d %b %Y %H:%M:%S GMT", "%Y-%m-%dT%H:%M:%S" };

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct tm date = { 0 };

		if (strptime(text, formats[i], &date)) {
			int64_t at_ms = (int64_t)timegm(&date) * 1000;

			return now_ms == 0 || at_ms < now_ms ? 0 : sane(at_ms - now_ms);
		}
	}
	return -1;
}

/* Milliseconds of a unit's name ("ms", "s", "seconds", "m", "minutes"); 0: unknown. */
static int64_t unit_ms(const char *name, size_t len)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "milli", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 } };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (len >= strlen(units[i].unit) &&
		    strncmp(name, units[i].unit, strlen(units[i].unit)) == 0)
			return units[i].ms;
	return 0;
}

/* "24ms", "1s", "6m0s", "1h2m", "17.5s", "2 seconds"; at least one part, else -1. */
static int64_t duration(const char *text)
{
	int64_t total = -1;

	while (isdigit((unsigned char)*text)) {
		size_t digits = strspn(text, "0123456789."), letters;
		int64_t thousandths, unit;

		if (number_scaled((struct slice){ text, digits }, 3, &thousandths, NULL) != 0 ||
		    thousandths > DELAY_MAX_MS)
			return total;
		text += digits + (text[digits] == ' ');
		letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");
		unit = unit_ms(text, letters);
		if (unit == 0)
			return total;
		total = (total < 0 ? 0 : total) + (thousandths * unit + 999) / 1000;
		text += letters;
	}
	return sane(total);
}

static int64_t retry_after(const struct fetch_head *head, int64_t now_ms)
{
	const char *ms = fetch_head_get(head, "retry-after-ms"),
		   *text = fetch_head_get(head, "retry-after");
	int64_t value;

	if (ms && number_scaled(slice_of(ms), 0, &value, NULL) == 0 && sane(value) >= 0)
		return value;
	if (!text)
		return -1;
	if (number_scaled(slice_of(text), 3, &value, NULL) == 0)
		return sane(value);
	return until_date(text, now_ms);
}

int64_t failure_exhausted_reset(const struct fetch_head *head, int64_t now_ms)
{
	int64_t longest = -1;

	for (size_t i = 0; head && i < head->header_count; i++) {
		const char *name = head->headers[i].name, *part = strstr(name, "remaining"), *reset;
		char reset_name[80];
		int64_t wait;

		if (!part || strcmp(head->headers[i].value, "0") != 0)
			continue;
		/* x-ratelimit-remaining-tokens and anthropic-ratelimit-tokens-remaining, each with
		 * its reset. */
		snprintf(reset_name, sizeof reset_name, "%.*sreset%s", (int)(part - name), name,
		    part + strlen("remaining"));
		reset = fetch_head_get(head, reset_name);
		wait = reset ? duration(reset) : -1;
		if (reset && wait < 0)
			wait = until_date(reset, now_ms);
		if (wait < 0)
			wait = 0;
		if (wait > longest)
			longest = wait;
	}
	return longest;
}

static int64_t retry_info(const json_t *error)
{
	const json_t *item;
	size_t index;

	json_array_foreach((json_t *)json_read_at(error, "details"), index, item)
	{
		const char *delay = json_read_text(item, "retryDelay");

		if (delay)
			return duration(delay);
	}
	return -1;
}

static int64_t in_words(const char *message)
{
	static const char *const before[] = { "try again in ", "retry in ", "retry after " };

	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		const char *at = strstr(message, before[i]);
		int64_t found = at ? duration(at + strlen(before[i])) : -1;

		if (found >= 0)
			return found;
	}
	return -1;
}

int64_t failure_delay_ms(
    const struct fetch_head *head, const json_t *error, const char *message, int64_t now_ms)
{
	int64_t delay = head ? retry_after(head, now_ms) : -1;

	if (delay < 0 && error)
		delay = retry_info(error);
	if (delay < 0)
		delay = failure_exhausted_reset(head, now_ms);
	return delay < 0 ? in_words(message) : delay;
}
