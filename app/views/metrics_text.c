/*
 * Rows of the metrics' queries to lines.  Families with the same query run it once each: a scrape
 * is rare, and the counters' tables are small because their labels are bounded
 * (sql/schema/metrics.sql).
 */
#include "views/metrics_text.h"

#include <inttypes.h>
#include <string.h>

#include "accounts/budgets.h"
#include "base/alloc.h"
#include "base/json_write.h"
#include "base/number.h"
#include "views/metric_list.h"

#include "base/banned.h"

#define BUDGETS_MOST 1000 /* the rest is not shown; a gateway has a few budgets a key */
#define NAMES_BYTES  ((size_t)1 << 20)

struct exposition {
	struct store *store;
	struct text *out;
	char *groups, *deployments; /* JSON lists of the settings' names */
	int64_t now_ms;
};

static void put_label(struct text *out, const char *name, const char *value)
{
	if (out->len && out->bytes[out->len - 1] != '{')
		text_putc(out, ',');
	text_printf(out, "%s=\"", name);
	for (const char *c = value ? value : ""; *c; c++) {
		if (*c == '\\' || *c == '"')
			text_putc(out, '\\');
		if (*c == '\n')
			text_puts(out, "\\n");
		else
			text_putc(out, *c);
	}
	text_putc(out, '"');
}

static void put_number(struct text *out, int64_t value, int scale, int places)
{
	text_printf(out, " %" PRId64 ".%0*" PRId64 "\n", value / scale, places, value % scale);
}

static void put_value(struct text *out, int64_t value, enum metric_unit unit)
{
	if (unit == METRIC_DOLLARS)
		text_printf(out, " %s\n", number_dollars_bare(value).text);
	else if (unit == METRIC_SECONDS)
		put_number(out, value, 1000, 3);
	else
		text_printf(out, " %" PRId64 "\n", value);
}

static void put_head(struct text *out, const char *name, const char *type, const char *help)
{
	text_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_row(struct text *out, const struct metric_family *family, const struct statement *s)
{
	text_puts(out, family->name);
	if (family->labels[0]) {
		text_putc(out, '{');
		for (int i = 0; family->labels[i]; i++)
			put_label(out, family->labels[i], statement_text(s, i));
		text_putc(out, '}');
	}
	put_value(out, statement_int(s, family->column), family->unit);
}

/* Columns: model, bound, observations up to it, sum of all, whether it is the last. */
static void put_bucket(
    struct text *out, const struct metric_family *family, const struct statement *s)
{
	text_printf(out, "%s_bucket{", family->name);
	put_label(out, family->labels[0], statement_text(s, 0));
	put_label(out, "le", statement_text(s, 1));
	text_printf(out, "} %" PRId64 "\n", statement_int(s, 2));
	if (!statement_int(s, 4))
		return;
	text_printf(out, "%s_sum{", family->name);
	put_label(out, family->labels[0], statement_text(s, 0));
	text_putc(out, '}');
	put_number(out, statement_int(s, 3), 1000000, 6);
	text_printf(out, "%s_count{", family->name);
	put_label(out, family->labels[0], statement_text(s, 0));
	text_printf(out, "} %" PRId64 "\n", statement_int(s, 2));
}

static void bind(
    const struct exposition *e, const struct metric_family *family, struct statement *s)
{
	if (family->what)
		statement_bind_text(s, ":what", family->what);
	if (family->query == SQL_METRICS_GROUPS)
		statement_bind_text(s, ":groups", e->groups);
	if (family->query == SQL_METRICS_DEPLOYMENT_STATE || family->query == SQL_METRICS_COOLDOWNS)
		statement_bind_text(s, ":deployments", e->deployments);
	if (family->query == SQL_METRICS_DEPLOYMENT_STATE)
		statement_bind_int(s, ":now_ms", e->now_ms);
}

static int put_family(const struct exposition *e, struct store_reader *reader,
    const struct metric_family *family, struct error *err)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };
	struct statement *s = store_query(reader, family->query, err);
	int result;

	if (!s)
		return -1;
	bind(e, family, s);
	put_head(e->out, family->name, types[family->type], family->help);
	while ((result = statement_step(s, err)) == 1)
		if (family->type == METRIC_HISTOGRAM)
			put_bucket(e->out, family, s);
		else
			put_row(e->out, family, s);
	return result;
}

/* ---- budgets ---- */

static const char *alias_of(
    struct store_reader *reader, const struct budget_state *budget, struct arena *arena)
{
	struct statement *s = store_query(reader, SQL_METRICS_ALIAS, NULL);

	if (!s)
		return "";
	statement_bind_text(s, ":scope", budget->scope);
	statement_bind_text(s, ":id", budget->scope_id);
	return statement_step(s, NULL) == 1 ? arena_copy(arena, statement_text(s, 0)) : "";
}

static void put_budget(
    struct text *out, const char *name, const struct budget_state *budget, const char *alias)
{
	text_printf(out, "%s{", name);
	put_label(out, "scope", budget->scope);
	put_label(out, "scope_id", budget->scope_id);
	put_label(out, "alias", alias);
	put_label(out, "period", budget->period);
	text_putc(out, '}');
}

static void put_budgets(
    struct text *out, const struct budget_states *budgets, const char **aliases, size_t count)
{
	static const struct {
		const char *name, *help;
	} gauges[] = {
		{ "sideways_budget_limit_dollars", "The budget's limit." },
		{ "sideways_budget_spent_dollars", "Spent in its present window." },
		{ "sideways_budget_held_dollars", "Set aside for calls that have not ended." },
		{ "sideways_budget_resets_timestamp_seconds", "When its window ends." },
	};

	for (size_t g = 0; g < sizeof gauges / sizeof gauges[0]; g++) {
		put_head(out, gauges[g].name, "gauge", gauges[g].help);
		for (size_t i = 0; i < count; i++) {
			const struct budget_state *b = &budgets->items[i];
			const int64_t values[] = { b->limit_nano, b->spent_nano, b->held_nano };

			if (g == 3 && !b->period[0])
				continue; /* a lifetime has no end */
			put_budget(out, gauges[g].name, b, aliases[i]);
			if (g == 3)
				put_value(out, b->ends_ms, METRIC_SECONDS);
			else
				put_value(out, values[g], METRIC_DOLLARS);
		}
	}
}

/* LiteLLM knows one budget a key or team: the one with the least left. */
static const struct budget_state *tightest(
    const struct budget_states *budgets, size_t first, size_t count, const char *scope)
{
	const struct budget_state *found = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct budget_state *b = &budgets->items[i];

		if (strcmp(b->scope, scope) != 0 ||
		    strcmp(b->scope_id, budgets->items[first].scope_id) != 0)
			continue;
		if (i < first)
			return NULL; /* shown already */
		if (!found || budget_left(b) < budget_left(found))
			found = b;
	}
	return found;
}

static void put_tightest(
    struct text *out, const struct budget_states *budgets, const char **aliases, size_t count)
{
	static const struct {
		const char *scope, *left, *most, *id, *alias;
	} scopes[] = {
		{ "key", "litellm_remaining_api_key_budget_metric",
		    "litellm_api_key_max_budget_metric", "hashed_api_key", "api_key_alias" },
		{ "team", "litellm_remaining_team_budget_metric", "litellm_team_max_budget_metric",
		    "team", "team_alias" },
		{ "provider", "litellm_provider_remaining_budget_metric", NULL, "api_provider",
		    NULL },
	};

	for (size_t k = 0; k < 2 * sizeof scopes / sizeof scopes[0]; k++) {
		const char *name = k % 2 ? scopes[k / 2].most : scopes[k / 2].left;

		if (!name)
			continue;
		put_head(out, name, "gauge",
		    k % 2 ? "The limit of the tightest budget, in dollars."
			  : "Dollars left in the tightest budget.");
		for (size_t i = 0; i < count; i++) {
			const struct budget_state *b =
			    strcmp(budgets->items[i].scope, scopes[k / 2].scope) == 0
				? tightest(budgets, i, count, scopes[k / 2].scope)
				: NULL;

			if (!b)
				continue;
			text_printf(out, "%s{", name);
			put_label(out, scopes[k / 2].id, b->scope_id);
			if (scopes[k / 2].alias)
				put_label(out, scopes[k / 2].alias, aliases[i]);
			text_putc(out, '}');
			put_value(out, k % 2 ? b->limit_nano : budget_left(b), METRIC_DOLLARS);
		}
	}
}

static int put_all_budgets(const struct exposition *e, const char *timezone, struct error *err)
{
	struct budget_states budgets = { 0 };
	AUTO_ARENA struct arena arena;
	struct store_reader *reader;
	const char **aliases;
	size_t count;

	arena_init(&arena);
	if (budgets_list(e->store, timezone, e->now_ms, &arena, &budgets, err) != 0)
		return -1;
	reader = store_reader_borrow(e->store, err);
	if (!reader)
		return -1;
	count = budgets.count < BUDGETS_MOST ? budgets.count : BUDGETS_MOST;
	aliases = arena_alloc(&arena, (count + 1) * sizeof *aliases);
	for (size_t i = 0; i < count; i++)
		aliases[i] = alias_of(reader, &budgets.items[i], &arena);
	store_reader_return(e->store, reader);
	put_tightest(e->out, &budgets, aliases, count);
	put_budgets(e->out, &budgets, aliases, count);
	return 0;
}

/* ---- all ---- */

static char *names_of(const struct catalog *catalog, bool groups)
{
	const struct settings *settings = catalog_settings(catalog);
	size_t count = groups ? catalog_group_count(catalog) : settings->deployment_count;
	AUTO_TEXT struct text json;

	text_init(&json, NAMES_BYTES);
	json_open(&json, '[');
	for (size_t i = 0; i < count; i++) {
		const char *name =
		    groups ? catalog_group_at(catalog, i)->name : settings->deployments[i].id;

		if (!groups || !strchr(name, '*'))
			json_put(&json, slice_of(name));
	}
	json_close(&json, ']');
	return text_failed(&json) ? NULL : text_take(&json);
}

static void put_build(struct text *out, const struct catalog *catalog)
{
	put_head(out, "sideways_build_info", "gauge", "Version of the program and of the prices.");
	text_puts(out, "sideways_build_info{");
	put_label(out, "version", PACKAGE_VERSION);
	put_label(out, "prices", price_table_date(catalog_prices(catalog)));
	text_puts(out, "} 1\n");
}

static int put_families(const struct exposition *e, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(e->store, err);
	int result = reader ? 0 : -1;

	for (size_t i = 0; result == 0 && i < metric_family_count; i++)
		result = put_family(e, reader, &metric_families[i], err);
	store_reader_return(e->store, reader);
	return result;
}

int metrics_text(struct store *store, const struct catalog *catalog, int64_t now_ms,
    struct text *out, struct error *err)
{
	AUTO_FREE char *groups = names_of(catalog, true);
	AUTO_FREE char *deployments = names_of(catalog, false);
	struct exposition e = { store, out, groups, deployments, now_ms };

	put_build(out, catalog);
	if (put_families(&e, err) != 0 ||
	    put_all_budgets(&e, catalog_settings(catalog)->timezone, err) != 0)
		return -1;
	return text_failed(out) ? error_set(err, ERROR_INTERNAL,
				      "the metrics are longer than %zu bytes", METRICS_BYTES_MAX)
				: 0;
}
