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
#include "store/wal_reader.h"
#include "views/metric_list.h"

#include "base/banned.h"

#define BUDGETS_MOST 1000 /* the rest is not shown; a gateway has a few budgets a key */
#define NAMES_BYTES  ((size_t)1 << 20)

struct exposition {
	struct store *store;
	const struct catalog *catalog;
	struct text *out;
	char *groups, *deployments; /* JSON lists of the settings' names */
	int64_t now_ms;
	struct arena *arena;
	struct budget_states budgets;
	const char **aliases; /* of the first budget_count budgets */
	size_t budget_count;
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

static void metrics_text_put_number(struct text *out, int64_t value, int scale, int places)
{
	text_printf(out, " %" PRId64 ".%0*" PRId64 "\n", value / scale, places, value % scale);
}

static void metrics_text_put_value(struct text *out, int64_t value, enum metric_unit unit)
{
	if (unit == METRIC_DOLLARS)
		text_printf(out, " %s\n", number_dollars_bare(value).text);
	else if (unit == METRIC_SECONDS)
		metrics_text_put_number(out, value, 1000, 3);
	else
		text_printf(out, " %" PRId64 "\n", value);
}

static void metrics_text_put_head(
    struct text *out, const char *name, const char *type, const char *help)
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
	metrics_text_put_value(out, statement_int(s, family->column), family->unit);
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
	metrics_text_put_number(out, statement_int(s, 3), 1000000, 6);
	text_printf(out, "%s_count{", family->name);
	put_label(out, family->labels[0], statement_text(s, 0));
	text_printf(out, "} %" PRId64 "\n", statement_int(s, 2));
}

static void metrics_text_bind(
    const struct exposition *e, const struct metric_family *family, struct statement *s)
{
	if (family->what)
		statement_bind(s, ":what", family->what);
	if (family->query == SQL_METRICS_GROUPS)
		statement_bind(s, ":groups", e->groups);
	if (family->query == SQL_METRICS_DEPLOYMENT_STATE || family->query == SQL_METRICS_COOLDOWNS)
		statement_bind(s, ":deployments", e->deployments);
	if (family->query == SQL_METRICS_DEPLOYMENT_STATE)
		statement_bind(s, ":now_ms", e->now_ms);
}

static int put_rows(const struct exposition *e, struct store_reader *reader,
    const struct metric_family *family, struct error *err)
{
	struct statement *s = store_query(reader, family->query, err);
	int result;

	metrics_text_bind(e, family, s);
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

	statement_bind(s, ":scope", budget->scope, ":id", budget->scope_id);
	return statement_step(s, NULL) == 1 ? arena_copy(arena, statement_text(s, 0)) : "";
}

static int64_t figure_of(const struct budget_state *budget, int figure)
{
	switch (figure) {
	case FIGURE_LIMIT:
		return budget->limit_nano;
	case FIGURE_SPENT:
		return budget->spent_nano;
	case FIGURE_HELD:
		return budget_held_by_calls(budget);
	case FIGURE_LEASED:
		return budget->idle_nano;
	case FIGURE_LOST:
		return budget->lost_nano;
	case FIGURE_LEFT:
		return budget_left(budget);
	default:
		return budget->ends_ms;
	}
}

static void put_labelled(
    const struct exposition *e, const struct metric_family *family, const char *const *values)
{
	text_printf(e->out, "%s{", family->name);
	for (size_t i = 0; i < METRIC_LABELS_MOST && family->labels[i]; i++)
		put_label(e->out, family->labels[i], values[i]);
	text_putc(e->out, '}');
}

static void put_budgets(const struct exposition *e, const struct metric_family *family)
{
	for (size_t i = 0; i < e->budget_count; i++) {
		const struct budget_state *b = &e->budgets.items[i];
		const char *const values[METRIC_LABELS_MOST] = { b->scope, b->scope_id,
			e->aliases[i], b->period, b->model };

		if (strcmp(b->scope, "user") == 0)
			continue; /* end users are as many as clients like */
		if (family->column == FIGURE_ENDS && !b->period[0])
			continue; /* a lifetime has no end */
		put_labelled(e, family, values);
		metrics_text_put_value(e->out, figure_of(b, family->column), family->unit);
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

static void put_tightest(const struct exposition *e, const struct metric_family *family)
{
	for (size_t i = 0; i < e->budget_count; i++) {
		const struct budget_state *b =
		    strcmp(e->budgets.items[i].scope, family->what) == 0
			? tightest(&e->budgets, i, e->budget_count, family->what)
			: NULL;
		const char *const values[METRIC_LABELS_MOST] = { b ? b->scope_id : NULL,
			e->aliases[i] };

		if (!b)
			continue;
		put_labelled(e, family, values);
		metrics_text_put_value(e->out, figure_of(b, family->column), family->unit);
	}
}

static int metrics_text_read_budgets(struct exposition *e, const char *timezone, struct error *err)
{
	struct store_reader *reader;

	if (budgets_list(e->store, timezone, e->now_ms, e->arena, &e->budgets, err) != 0)
		return -1;
	reader = store_reader_borrow(e->store, err);
	if (!reader)
		return -1;
	e->budget_count = e->budgets.count < BUDGETS_MOST ? e->budgets.count : BUDGETS_MOST;
	e->aliases = arena_alloc(e->arena, (e->budget_count + 1) * sizeof *e->aliases);
	for (size_t i = 0; i < e->budget_count; i++)
		e->aliases[i] = alias_of(reader, &e->budgets.items[i], e->arena);
	store_reader_return(e->store, reader);
	return 0;
}

/* ---- all ---- */

static char *names_of(const struct catalog *catalog, bool groups)
{
	const struct settings *settings = catalog_settings(catalog);
	size_t count = groups ? catalog_group_count(catalog) : settings->deployment_count;
	AUTO_TEXT struct text json = text_empty(NAMES_BYTES);

	json_write(&json, "[");
	for (size_t i = 0; i < count; i++) {
		const char *name =
		    groups ? catalog_group_at(catalog, i)->name : settings->deployments[i].id;

		if (!groups || !strchr(name, '*'))
			json_put(&json, slice_of(name));
	}
	json_write(&json, "]");
	return text_failed(&json) ? NULL : text_take(&json);
}

static void put_build(const struct exposition *e, const struct metric_family *family)
{
	const char *const values[METRIC_LABELS_MOST] = { PACKAGE_VERSION,
		price_table_date(catalog_prices(e->catalog)) };

	put_labelled(e, family, values);
	text_puts(e->out, " 1\n");
}

static void put_wal(const struct exposition *e, const struct metric_family *family)
{
	text_printf(e->out, "%s %lld\n", family->name, (long long)wal_bytes(store_path(e->store)));
}

static int put_family(const struct exposition *e, struct store_reader *reader,
    const struct metric_family *family, struct error *err)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	metrics_text_put_head(e->out, family->name, types[family->type], family->help);
	switch (family->source) {
	case METRIC_OF_QUERY:
		return put_rows(e, reader, family, err);
	case METRIC_OF_BUDGETS:
		put_budgets(e, family);
		break;
	case METRIC_OF_TIGHTEST:
		put_tightest(e, family);
		break;
	case METRIC_OF_BUILD:
		put_build(e, family);
		break;
	case METRIC_OF_WAL:
		put_wal(e, family);
		break;
	}
	return 0;
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
	AUTO_ARENA struct arena arena = { 0 };
	struct exposition e = { .store = store,
		.catalog = catalog,
		.out = out,
		.groups = groups,
		.deployments = deployments,
		.now_ms = now_ms,
		.arena = &arena };

	if (metrics_text_read_budgets(&e, catalog_settings(catalog)->timezone, err) != 0 ||
	    put_families(&e, err) != 0)
		return -1;
	return text_failed(out) ? error_set(err, ERROR_INTERNAL,
				      "the metrics are longer than %zu bytes", METRICS_BYTES_MAX)
				: 0;
}
