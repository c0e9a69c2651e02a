/*
 * The rules of alerts and their sentences.  See the header.
 */
#include "telemetry/alert_rules.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/number.h"
#include "prices/price_row.h"
#include "prices/price_table.h"
#include "providers/failure.h"
#include "settings/alert_sections.h"

#include "base/banned.h"

#define DAY_MS INT64_C(86400000)

struct ask {
	struct store *store;
	const struct settings *settings;
	const char *prices_date;
	int64_t now_ms;
	struct arena *arena;
	struct alert_findings *out;
};

bool alert_rule_is_off(const struct settings *settings, const char *rule)
{
	for (size_t i = 0; i < settings->alerts.off_count; i++)
		if (strcmp(settings->alerts.off[i], rule) == 0)
			return true;
	return false;
}

static void found(
    struct ask *ask, const char *rule, const char *subject, const char *severity, const char *words)
{
	if (ask->out->count < ALERT_FINDINGS_MAX)
		ask->out->items[ask->out->count++] = (struct alert_finding){ rule,
			arena_copy(ask->arena, subject), severity, words };
}

/* ---- sentences; columns as in sql/alerts.sql ---- */

static const char *percent(struct arena *arena, int64_t part, int64_t whole)
{
	int64_t permille = number_permille(part, whole);

	return arena_printf(
	    arena, "%lld.%lld %%", (long long)(permille / 10), (long long)(permille % 10));
}

/* A share of some requests, and which they are: "minutes", "hour". */
struct rate {
	int64_t requests, part, span_ms; /* in which the latest, the minimum of them, came */
	const char *of;
};

static const char *say_fallback_rate(struct ask *ask, const struct rate *rate)
{
	return arena_printf(ask->arena,
	    "%s of the requests of the last %s left the model group they asked for (%lld of %lld; "
	    "the threshold is %lld %%)",
	    percent(ask->arena, rate->part, rate->requests), rate->of, (long long)rate->part,
	    (long long)rate->requests, (long long)ask->settings->alerts.fallback_rate_percent);
}

static const char *say_error_rate(struct ask *ask, const struct rate *rate)
{
	return arena_printf(ask->arena,
	    "%s of the requests of the last %s failed (%lld of %lld; the threshold is %lld %%)",
	    percent(ask->arena, rate->part, rate->requests), rate->of, (long long)rate->part,
	    (long long)rate->requests, (long long)ask->settings->alerts.error_rate_percent);
}

static const char *say_blocked(struct ask *ask, const struct statement *s)
{
	return arena_printf(ask->arena,
	    "%lld request%s of the last minutes came to a fallback of a dearer tier, which was not "
	    "called and would have cost about %s, %s at most; their groups need a fallback of "
	    "their own tier",
	    (long long)statement_int(s, 1), statement_int(s, 1) == 1 ? "" : "s",
	    number_dollars(statement_int(s, 2)).text, number_dollars(statement_int(s, 3)).text);
}

static const char *say_overrun(struct ask *ask, const struct statement *s)
{
	return arena_printf(ask->arena,
	    "a provider billed %s more than the bound of its calls in the last minutes; the "
	    "panel's Budgets page shows where",
	    number_dollars(statement_int(s, 1)).text);
}

static const char *say_unbelieved(struct ask *ask, const struct statement *s)
{
	return arena_printf(ask->arena,
	    "the provider of %s reported a usage beyond the model's window or the limit that it "
	    "was sent; such calls are charged their whole hold (%lld so far), so look at its bill",
	    statement_text(s, 0), (long long)statement_int(s, 1));
}

static const char *say_unknown(struct ask *ask, const struct statement *s)
{
	return arena_printf(ask->arena,
	    "%lld calls were open when their worker died: they are charged in full, because nobody "
	    "knows what they cost",
	    (long long)statement_int(s, 1));
}

static const char *say_cache_away(struct ask *ask, const struct statement *s)
{
	return arena_printf(ask->arena,
	    "Redis, which keeps the response cache, did not answer %lld times in the last minutes; "
	    "requests go on without the cache and are paid for",
	    (long long)statement_int(s, 1));
}

static const char *say_refused(struct ask *ask, const struct statement *s)
{
	return arena_printf(ask->arena,
	    "the provider of %s refuses its key, or its account is empty (%lld times in the last "
	    "minutes)",
	    statement_text(s, 0), (long long)statement_int(s, 1));
}

static const char *say_cooldown(struct ask *ask, const struct statement *s)
{
	return arena_printf(ask->arena, "%s is in cooldown until %s%s%s", statement_text(s, 0),
	    clock_iso(statement_int(s, 1)).text, *statement_text(s, 2) ? ": " : "",
	    failure_words_named(statement_text(s, 2)));
}

/* "the budget of key weekend (30d)", from three columns. */
static const char *budget_name(struct ask *ask, const struct statement *s, int column)
{
	const char *scope = statement_text(s, column), *who = statement_text(s, column + 1);
	const char *period = statement_text(s, column + 2);

	return arena_printf(ask->arena, "the budget of %s%s%s (%s)",
	    strcmp(scope, "proxy") == 0 ? "the whole gateway" : scope, *who ? " " : "", who,
	    *period ? period : "lifetime");
}

static const char *say_budget(struct ask *ask, const struct statement *s)
{
	int64_t used = statement_int(s, 5), limit = statement_int(s, 6);

	return arena_printf(ask->arena, "%s is used up to %lld %%: %s of %s%s",
	    budget_name(ask, s, 2), (long long)statement_int(s, 1), number_dollars(used).text,
	    number_dollars(limit).text,
	    statement_int(s, 1) == 100 ? "; requests are refused until it is reset or raised" : "");
}

static const char *say_spend_rate(struct ask *ask, const struct statement *s)
{
	return arena_printf(ask->arena,
	    "at the present pace %s, %s, will be used up on %s; it is reset on %s",
	    budget_name(ask, s, 1), number_dollars(statement_int(s, 4)).text,
	    clock_iso(statement_int(s, 5)).text, clock_iso(statement_int(s, 6)).text);
}

static const char *say_bank(struct ask *ask, const struct statement *s)
{
	const char *away = statement_text(s, 1);

	if (!away)
		return "this gateway's database was put back from a backup, or a copy of it is in "
		       "use: it shares budgets as another machine now, and what both of them spent "
		       "is charged, which may be more than a limit";
	return arena_printf(
	    ask->arena, "%s; calls go on as long as this machine's shares of budgets last", away);
}

/* ---- rules that the store answers ---- */

enum needs { NEEDS_NOW = 1, NEEDS_PERCENTS = 2 };

static const struct rule {
	const char *name, *severity;
	enum sql_name sql;
	unsigned needs;
	const char *(*say)(struct ask *ask, const struct statement *s);
} rules[] = {
	{ "blocked_upward", "critical", SQL_ALERT_RULE_BLOCKED_UPWARD, 0, say_blocked },
	{ "overrun", "critical", SQL_ALERT_RULE_OVERRUN, 0, say_overrun },
	{ "unbelieved", "critical", SQL_ALERT_RULE_UNBELIEVED, 0, say_unbelieved },
	{ "unknown_holds", "warning", SQL_ALERT_RULE_UNKNOWN_HOLDS, 0, say_unknown },
	{ "cache_away", "warning", SQL_ALERT_RULE_CACHE_AWAY, 0, say_cache_away },
	{ "key_refused", "critical", SQL_ALERT_RULE_KEY_REFUSED, 0, say_refused },
	{ "cooldown", "warning", SQL_ALERT_RULE_COOLDOWN, NEEDS_NOW, say_cooldown },
	{ "budget", "warning", SQL_ALERT_RULE_BUDGET, NEEDS_NOW | NEEDS_PERCENTS, say_budget },
	{ "spend_rate", "warning", SQL_ALERT_RULE_SPEND_RATE, NEEDS_NOW, say_spend_rate },
	{ "bank", "critical", SQL_ALERT_RULE_BANK, NEEDS_NOW, say_bank },
};

static void bind(struct statement *s, const struct rule *rule, const struct ask *ask)
{
	if (rule->needs & NEEDS_NOW)
		statement_bind(s, ":now_ms", ask->now_ms);
	if (rule->needs & NEEDS_PERCENTS)
		statement_bind(s, ":percents", ask->settings->alerts.budget_percents);
}

static int ask_rule(struct ask *ask, const struct rule *rule, struct error *err)
{
	AUTO_READ struct statement *s = store_read(ask->store, rule->sql, err);
	int result = -1;

	if (s) {
		bind(s, rule, ask);
		while ((result = statement_step(s, err)) == 1) {
			bool full = rule->needs & NEEDS_PERCENTS && statement_int(s, 1) == 100;

			found(ask, rule->name, statement_text(s, 0),
			    full ? "critical" : rule->severity, rule->say(ask, s));
		}
	}
	return result;
}

/* ---- rates: of the last minutes, and where these hold too few requests, of longer windows ---- */

#define HOUR_MS     INT64_C(3600000)
#define MINUTES_MS  300000 /* what came closer together is no thin traffic: the minutes held it */
#define WINDOW_MOST 5000   /* requests of a window that are looked at */

static const struct window {
	int64_t ms;
	const char *of;
} windows[] = { { HOUR_MS, "hour" }, { 6 * HOUR_MS, "six hours" }, { 24 * HOUR_MS, "day" } };

static const struct rate_rule {
	const char *name, *severity;
	enum sql_name sql; /* of the last minutes: a row when it is over the threshold */
	int column;        /* of alert_window */
	size_t threshold;  /* in struct alert_settings */
	const char *(*say)(struct ask *ask, const struct rate *rate);
} rate_rules[] = {
	{ "fallback_rate", "warning", SQL_ALERT_RULE_FALLBACK_RATE, 1,
	    offsetof(struct alert_settings, fallback_rate_percent), say_fallback_rate },
	{ "error_rate", "critical", SQL_ALERT_RULE_ERROR_RATE, 2,
	    offsetof(struct alert_settings, error_rate_percent), say_error_rate },
};

static int64_t threshold_of(const struct ask *ask, const struct rate_rule *rule)
{
	return *(const int64_t *)((const char *)&ask->settings->alerts + rule->threshold);
}

/* The row of a query in which something is bound; 1: there is one. */
static int first_row(struct store_reader *reader, const struct ask *ask, enum sql_name sql,
    const struct rate_rule *rule, int64_t window_ms, struct rate *out, struct error *err)
{
	struct statement *s = store_query(reader, sql, err);
	struct digest_id from = digest_first_id(ask->now_ms - window_ms);
	int result;

	if (!s)
		return -1;
	if (sql == rule->sql) {
		statement_bind(s, ":minimum", ask->settings->alerts.minimum_requests, ":percent",
		    threshold_of(ask, rule));
	} else if (sql == SQL_ALERT_WINDOW) {
		statement_bind(s, ":from_id", from.text, ":most", WINDOW_MOST, ":minimum",
		    ask->settings->alerts.minimum_requests);
	}
	result = statement_step(s, err);
	if (result != 1)
		return result;
	out->requests = statement_int(s, sql == rule->sql ? 1 : 0);
	out->part = statement_int(s, sql == rule->sql          ? 2
				     : sql == SQL_ALERT_WINDOW ? rule->column
							       : 0);
	out->span_ms = sql == SQL_ALERT_WINDOW ? statement_int(s, 3) : 0;
	return statement_step(s, err) < 0 ? -1 : 1; /* there is no second row */
}

/* 1: the traffic is thin, and *out is the shortest window that holds enough. */
static int widen(struct store_reader *reader, const struct ask *ask, const struct rate_rule *rule,
    struct rate *out, struct error *err)
{
	int64_t minimum = ask->settings->alerts.minimum_requests;
	int result = first_row(reader, ask, SQL_ALERT_MINUTES, rule, 0, out, err);

	if (result != 1 || out->requests >= minimum)
		return result < 0 ? -1 : 0;
	for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
		if (first_row(reader, ask, SQL_ALERT_WINDOW, rule, windows[i].ms, out, err) != 1)
			return -1;
		out->of = windows[i].of;
		if (out->requests >= minimum)
			return out->span_ms > MINUTES_MS;
	}
	return 0;
}

static int ask_rate(struct ask *ask, const struct rate_rule *rule, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(ask->store, err);
	struct rate rate = { .of = "minutes" };
	int result = reader ? first_row(reader, ask, rule->sql, rule, 0, &rate, err) : -1;

	if (result == 0) {
		result = widen(reader, ask, rule, &rate, err);
		if (result == 1 && rate.part * 100 <= rate.requests * threshold_of(ask, rule))
			result = 0;
	}
	if (result == 1)
		found(ask, rule->name, "", rule->severity, rule->say(ask, &rate));
	store_reader_return(ask->store, reader);
	return result < 0 ? -1 : 0;
}

/* ---- rules that the machine answers ---- */

static void check_prices(struct ask *ask)
{
	int64_t age = price_age_days(ask->prices_date, ask->now_ms);
	const char *file = ask->settings->price_file;

	if (age <= PRICE_STALE_DAYS)
		return;
	found(ask, "stale_prices", "", "warning",
	    arena_printf(ask->arena,
		"%s%s dates from %s and is %lld days old: bounds and costs may be wrong; %s "
		"`sideways prices update`",
		file ? "price_file " : "the price table", file ? file : "", ask->prices_date,
		(long long)age, file ? "renew it with" : "update Sideways, or its table with"));
}

static void check_disk(struct ask *ask)
{
	struct statvfs fs;
	int64_t free_mib;

	if (statvfs(store_path(ask->store), &fs) != 0)
		return;
	free_mib = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize >> 20;
	if (free_mib < ask->settings->alerts.disk_free_mib)
		found(ask, "disk", "", "critical",
		    arena_printf(ask->arena,
			"the disk of the database has %lld MB left; when it is full every request "
			"is refused, because no hold can be written",
			(long long)free_mib));
}

static const struct {
	const char *name;
	void (*check)(struct ask *ask);
} machine_rules[] = { { "stale_prices", check_prices }, { "disk", check_disk } };

int alert_rules_run(struct store *store, const struct settings *settings, const char *prices_date,
    int64_t now_ms, struct arena *arena, struct alert_findings *out, struct error *err)
{
	struct ask ask = { store, settings, prices_date, now_ms, arena, out };

	out->items = arena_alloc(arena, ALERT_FINDINGS_MAX * sizeof *out->items);
	out->count = 0;
	for (size_t i = 0; i < sizeof rate_rules / sizeof rate_rules[0]; i++)
		if (!alert_rule_is_off(settings, rate_rules[i].name) &&
		    ask_rate(&ask, &rate_rules[i], err) < 0)
			return error_prefix(err, "alert rule %s", rate_rules[i].name);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (!alert_rule_is_off(settings, rules[i].name) &&
		    ask_rule(&ask, &rules[i], err) < 0)
			return error_prefix(err, "alert rule %s", rules[i].name);
	for (size_t i = 0; i < sizeof machine_rules / sizeof machine_rules[0]; i++)
		if (!alert_rule_is_off(settings, machine_rules[i].name))
			machine_rules[i].check(&ask);
	return 0;
}
