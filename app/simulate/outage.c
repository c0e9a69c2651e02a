/*
 * Reading outages.  See the header.
 */
#include "simulate/outage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/number.h"

#include "base/banned.h"

#define HOUR_MS   INT64_C(3600000)
#define DAY_MS    (24 * HOUR_MS)
#define WORDS_MAX 24
#define WORD_MAX  OUTAGE_NAME_MAX

struct words {
	char items[WORDS_MAX][WORD_MAX];
	size_t count, at;
};

static int split(const char *sentence, struct words *words, struct error *err)
{
	words->count = words->at = 0;
	for (const char *at = sentence + strspn(sentence, " \t"); *at; at += strspn(at, " \t")) {
		size_t len = strcspn(at, " \t");

		if (words->count == WORDS_MAX || len >= WORD_MAX)
			return error_set(err, ERROR_USAGE, "'%.60s' is too long", sentence);
		memcpy(words->items[words->count], at, len);
		words->items[words->count++][len] = '\0';
		at += len;
	}
	return 0;
}

static const char *next(struct words *words)
{
	return words->at < words->count ? words->items[words->at++] : "";
}

static bool next_is(struct words *words, const char *word)
{
	if (words->at == words->count || strcasecmp(words->items[words->at], word) != 0)
		return false;
	words->at++;
	return true;
}

/* ---- times ---- */

/* 0 for Sunday; -1 when it is no day. */
static int weekday(const char *word)
{
	static const char *const days[] = { "sunday", "monday", "tuesday", "wednesday", "thursday",
		"friday", "saturday" };
	size_t len = strlen(word);

	for (int i = 0; len >= 3 && i < 7; i++)
		if (strncasecmp(word, days[i], len) == 0)
			return i;
	return -1;
}

static bool read_hour(const char *word, int64_t *out_ms)
{
	int hour, minute, used = 0;

	if (sscanf(word, "%2d:%2d%n", &hour, &minute, &used) != 2 || word[used] || hour > 24 ||
	    minute > 59 || hour < 0 || minute < 0)
		return false;
	*out_ms = hour * HOUR_MS + minute * INT64_C(60000);
	return true;
}

static bool read_date(const char *word, int64_t *out_ms)
{
	struct tm tm = { 0 };
	int used = 0;

	if (sscanf(word, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3 ||
	    word[used])
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*out_ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

/* "Friday 18:00", "2026-11-27 18:00", "18:00", each day also without an hour. */
static int read_moment(struct words *words, int64_t start_ms, int64_t *out_ms, struct error *err)
{
	int64_t midnight = start_ms / DAY_MS * DAY_MS, hour_ms = 0;
	const char *word = next(words);
	int day = weekday(word);

	if (day >= 0) {
		int first = (int)((midnight / DAY_MS + 4) % 7); /* 1970 began with a Thursday */

		midnight += (day - first + 7) % 7 * DAY_MS;
	} else if (read_hour(word, &hour_ms)) {
		*out_ms = midnight + hour_ms;
		return 0;
	} else if (!read_date(word, &midnight)) {
		return error_set(err, ERROR_USAGE,
		    "'%.40s' is not a time; write 'Friday 18:00', '2026-11-27 18:00' or '18:00'",
		    word);
	}
	if (words->at < words->count && read_hour(words->items[words->at], &hour_ms))
		words->at++;
	*out_ms = midnight + hour_ms;
	return 0;
}

/* ---- the sentence ---- */

static int read_status(struct words *words, struct outage *out, struct error *err)
{
	const char *word = next(words);
	int64_t status;

	if (number_whole(slice_of(word), 400, 599, &status, NULL) != 0)
		return error_set(err, ERROR_USAGE,
		    "'%.40s' is not a failure; write a status from 400 to 599 after 'answers'",
		    word);
	out->status = (int)status;
	return 0;
}

static int read_what(struct words *words, struct outage *out, struct error *err)
{
	if (next_is(words, "answers"))
		return read_status(words, out, err);
	if (next_is(words, "is") && next_is(words, "down"))
		return 0;
	return error_set(err, ERROR_USAGE,
	    "after '%.60s', write either 'answers' and a status, or 'is down'", out->who);
}

static int read_percent(struct words *words, struct outage *out, struct error *err)
{
	const char *word = next(words);
	size_t len = strlen(word);
	int64_t percent;

	if (len < 2 || word[len - 1] != '%' ||
	    number_whole((struct slice){ word, len - 1 }, 1, 100, &percent, NULL) != 0)
		return error_set(
		    err, ERROR_USAGE, "for '%.40s': expected a share from 1%% to 100%%", word);
	out->percent = (int)percent;
	return 0;
}

static int read_when(struct words *words, int64_t start_ms, struct outage *out, struct error *err)
{
	int result = 0;

	while (result == 0 && words->at < words->count) {
		if (next_is(words, "for"))
			result = read_percent(words, out, err);
		else if (next_is(words, "from"))
			result = read_moment(words, start_ms, &out->from_ms, err);
		else if (next_is(words, "until"))
			result = read_moment(words, out->from_ms, &out->until_ms, err);
		else
			result = error_set(err, ERROR_USAGE,
			    "'%.40s' is not understood; write 'for 30%%', 'from Friday 18:00' or "
			    "'until Monday 08:00'",
			    words->items[words->at]);
	}
	return result;
}

int outage_parse(const char *sentence, int64_t start_ms, struct outage *out, struct error *err)
{
	struct words words;

	*out = (struct outage){ .percent = 100, .from_ms = start_ms, .until_ms = INT64_MAX };
	if (split(sentence, &words, err) != 0)
		return -1;
	if (words.count == 0)
		return error_set(err, ERROR_USAGE,
		    "it is empty; write an outage such as 'deepseek answers 429'");
	snprintf(out->who, sizeof out->who, "%s", next(&words));
	if (read_what(&words, out, err) != 0 || read_when(&words, start_ms, out, err) != 0)
		return -1;
	if (out->until_ms <= out->from_ms)
		return error_set(err, ERROR_USAGE, "it ends before it begins");
	return 0;
}

bool outage_is_of(const struct outage *outage, const struct deployment *deployment)
{
	size_t len = strlen(deployment->provider);

	return strcmp(outage->who, deployment->provider) == 0 ||
	       strcmp(outage->who, deployment->group) == 0 ||
	       strcmp(outage->who, deployment->id) == 0 ||
	       strcmp(outage->who, deployment->model) == 0 ||
	       (strncmp(outage->who, deployment->provider, len) == 0 && outage->who[len] == '/' &&
		   strcmp(outage->who + len + 1, deployment->model) == 0);
}

bool outage_meets(const struct outage *outage, const struct settings *settings)
{
	for (size_t i = 0; i < settings->deployment_count; i++)
		if (outage_is_of(outage, &settings->deployments[i]))
			return true;
	return false;
}
