/*
 * Rows of the fallback log out of a request and its candidates.  See the header.
 */
#include "views/view_fallbacks.h"

#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "prices/cost.h"
#include "relay/billed_price.h"
#include "views/story.h"
#include "views/view_requests.h"
#include "views/view_rows.h"

#include "base/banned.h"

#define PAGE_ROWS 50
#define MOST_ROWS 10000
#define LOOK_MOST 1000 /* requests whose candidates are read for one page, when most do not fit */

static bool reads(const json_t *object, const char *member, const char *wanted)
{
	const char *text = json_read_text(object, member);

	return text && strcmp(text, wanted) == 0;
}

static void copy_texts(json_t *to, const json_t *from)
{
	static const char *const names[] = { "model_group", "deployment_id", "provider", "model",
		"tier" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		json_set_text(to, names[i], json_read_text(from, names[i]));
}

/* ---- the parts of a row ---- */

static json_t *failed_json(const json_t *candidate)
{
	json_t *object = json_object();

	copy_texts(object, candidate);
	json_set_all(object, "outcome words status called?", json_read_text(candidate, "outcome"),
	    story_outcome(json_read_text(candidate, "outcome")),
	    json_incref(json_object_get(candidate, "status")), json_read_true(candidate, "called"));
	return object;
}

static json_t *blocked_json(const json_t *candidate)
{
	json_t *object = json_object();

	copy_texts(object, candidate);
	json_set_all(object, "not_spent$ not_spent_most$",
	    json_read_int(candidate, "not_spent_nano", 0),
	    json_read_int(candidate, "not_spent_most_nano", 0));
	return object;
}

static json_t *went_json(const json_t *candidate)
{
	json_t *object = json_object();

	copy_texts(object, candidate);
	json_set_money(object, "cost", json_read_int(candidate, "cost_nano", 0));
	return object;
}

static struct usage usage_of(const json_t *candidate)
{
	return (struct usage){ .known = true,
		.input_tokens = json_read_int(candidate, "input_tokens", 0),
		.cached_tokens = json_read_int(candidate, "cached_tokens", 0),
		.cache_write_tokens = json_read_int(candidate, "cache_write_tokens", 0),
		.output_tokens = json_read_int(candidate, "output_tokens", 0),
		.reasoning_tokens = json_read_int(candidate, "reasoning_tokens", 0),
		.reported_cost_nano = -1 };
}

/* What the first choice asks today; false: it is gone, or has no price. */
bool view_fallbacks_price(
    const struct catalog *catalog, const json_t *first, struct arena *arena, struct price *out)
{
	const char *id = json_read_text(first, "deployment_id"),
		   *model = json_read_text(first, "model");
	const struct group *group = id ? catalog_find(catalog, id, arena) : NULL;
	const struct price_table *prices = catalog_prices(catalog);
	struct price after;

	if (!group || group->member_count != 1 || !model ||
	    !billed_price(prices, group->members[0].deployment, model, out))
		return false;
	for (int i = 0;
	     i < PRICE_CHANGES_MOST && out->changes_ms && out->changes_ms <= clock_wall_ms() &&
	     billed_price_after(prices, group->members[0].deployment, out, &after);
	     i++)
		*out = after;
	return true;
}

static void set_first_choice(json_t *row, const struct catalog *catalog, const json_t *first,
    const json_t *went, struct arena *arena)
{
	struct price price;
	struct usage usage;
	json_t *object;
	int64_t cost;

	json_set_all(
	    row, "first_choice price_percent first_choice_repriced?", json_null(), json_null(), 0);
	if (!first || !went || json_is_null(json_object_get(went, "input_tokens")) ||
	    !view_fallbacks_price(catalog, first, arena, &price))
		return;
	usage = usage_of(went);
	usage_sanitise(&usage);
	cost = cost_of(&price, &usage);
	object = json_object();
	copy_texts(object, first);
	json_set_money(object, "cost", cost);
	json_set_all(row, "first_choice first_choice_repriced?", object,
	    !reads(first, "price_version", price.version));
	if (cost > 0)
		json_set_int(row, "price_percent",
		    (int64_t)(((__int128)json_read_int(went, "cost_nano", 0) * 100 + cost / 2) /
			      cost));
}

static void finish_row(
    json_t *row, const struct catalog *catalog, const json_t *candidates, struct arena *arena)
{
	const json_t *candidate, *first = NULL, *went = NULL;
	json_t *failed = json_array(), *blocked = json_array();
	size_t i;

	json_array_foreach((json_t *)candidates, i, candidate)
	{
		bool own = reads(candidate, "direction", "own");

		if (own && !first)
			first = candidate;
		if (json_read_true(candidate, "ok"))
			went = candidate;
		else if (json_read_true(candidate, "blocked"))
			json_append(blocked, blocked_json(candidate));
		else if (own)
			json_append(failed, failed_json(candidate));
	}
	json_set_all(row, "failed blocked went_to direction", failed, blocked,
	    went ? went_json(went) : json_null(), went ? json_read_text(went, "direction") : NULL);
	set_first_choice(row, catalog, first, went, arena);
}

/* ---- a page ---- */

/* Asked before the row is made: of those that do not fit there may be many.  1 yes, 0 no, -1 err.
 */
static int view_fallbacks_fits(struct store_reader *reader, const char *id,
    const struct fallback_filter *filter, struct error *err)
{
	struct statement *s;
	const char *went;
	int result;

	if (!filter->direction || strcmp(filter->direction, "blocked") == 0)
		return 1;
	s = store_query(reader, SQL_VIEW_FALLBACKS_DIRECTION, err);
	statement_bind(s, ":id", id);
	result = statement_step(s, err);
	went = result == 1 ? statement_text(s, 0) : NULL;
	return result < 0 ? -1 : strcmp(went ? went : "nobody", filter->direction) == 0;
}

static json_t *view_fallbacks_read_row(struct store_reader *reader, const struct catalog *catalog,
    const char *id, struct arena *arena, struct error *err)
{
	json_t *row = view_request_row(reader, id, err);
	AUTO_JSON json_t *candidates = row ? view_request_candidates(reader, id, err) : NULL;

	if (candidates)
		finish_row(row, catalog, candidates, arena);
	else
		json_decref(row);
	return candidates ? row : NULL;
}

struct page {
	struct store_reader *reader;
	const struct catalog *catalog;
	const struct fallback_filter *filter;
	struct arena arena;
	size_t limit;
	json_t *rows;
	const char *older;
};

/* The rows of these ids, until the page is full; ids that are left make older. */
static int add_rows(struct page *page, const json_t *ids, struct error *err)
{
	const json_t *one;
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)ids, i, one)
	{
		const char *id = json_string_value(one);
		int fits = view_fallbacks_fits(page->reader, id, page->filter, err);

		if (fits < 0)
			return -1;
		row = fits ? view_fallbacks_read_row(
				 page->reader, page->catalog, id, &page->arena, err)
			   : NULL;
		if (fits && !row && err->kind != ERROR_NOT_FOUND)
			return -1;
		if (row)
			json_append(page->rows, row);
		if (json_array_size(page->rows) < page->limit)
			continue;
		if (i + 1 < json_array_size(ids))
			page->older = arena_copy(&page->arena, id);
		break;
	}
	return 0;
}

static int fill(struct page *page, struct error *err)
{
	const struct fallback_filter *filter = page->filter;
	const char *direction = filter->direction;
	bool all_fit = !direction || strcmp(direction, "blocked") == 0;
	struct request_filter find = { .key_id = filter->key_id,
		.model = filter->model,
		.moved = true,
		.blocked = direction && strcmp(direction, "blocked") == 0,
		.from_ms = filter->from_ms,
		.to_ms = filter->to_ms,
		.before = filter->before,
		.limit = all_fit || page->limit > LOOK_MOST ? (int)page->limit : LOOK_MOST };
	AUTO_JSON json_t *ids =
	    view_request_ids(page->reader, &find, &page->arena, &page->older, err);
	int result = ids ? add_rows(page, ids, err) : -1;

	return result;
}

json_t *view_fallbacks(struct store *store, const struct catalog *catalog,
    const struct fallback_filter *filter, struct error *err)
{
	struct page page = { .reader = store_reader_borrow(store, err),
		.catalog = catalog,
		.filter = filter,
		.limit = filter->limit >= 1 && filter->limit <= MOST_ROWS ? (size_t)filter->limit
									  : PAGE_ROWS,
		.rows = json_array() };
	json_t *root = NULL;

	arena_init(&page.arena);
	if (page.reader && fill(&page, err) == 0) {
		root = json_object();
		json_set_all(root, "fallbacks older looked_back_to@", json_incref(page.rows),
		    page.older, page.older ? digest_id_time(page.older) : 0);
	}
	json_decref(page.rows);
	arena_release(&page.arena);
	store_reader_return(store, page.reader);
	return root;
}

/* ---- added up ---- */

/* By the mean request, as long prompts have prices of their own. */
static void set_more(
    json_t *row, const struct statement *s, const struct catalog *catalog, struct arena *arena)
{
	int64_t count = statement_int(s, 7);
	struct usage usage = { .known = true,
		.input_tokens = statement_int(s, 11) / count,
		.cached_tokens = statement_int(s, 12) / count,
		.cache_write_tokens = statement_int(s, 13) / count,
		.output_tokens = statement_int(s, 14) / count,
		.reasoning_tokens = statement_int(s, 15) / count,
		.reported_cost_nano = -1 };
	struct price price;

	json_set_null(row, "more_nano");
	if (statement_is_null(s, 4) || !view_fallbacks_price(catalog, row, arena, &price))
		return;
	usage_sanitise(&usage);
	json_set_int(row, "more_nano", statement_int(s, 10) - cost_of(&price, &usage) * count);
}

static json_t *sum_json(
    const struct statement *s, const struct catalog *catalog, struct arena *arena)
{
	json_t *row = view_object(s);

	json_set_text(row, "words", story_outcome(statement_text(s, 3)));
	set_more(row, s, catalog, arena);
	return row;
}

json_t *view_fallback_sums(struct store *store, const struct catalog *catalog, int64_t from_ms,
    int64_t to_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_FALLBACKS_SUMS, err);
	json_t *list = json_array();
	AUTO_ARENA struct arena arena = { 0 };
	int result;

	statement_bind(s, ":from", arena_copy(&arena, digest_first_id(from_ms).text), ":before",
	    to_ms > 0 ? arena_copy(&arena, digest_first_id(to_ms).text) : "~", ":most",
	    FALLBACKS_SUMMED);
	while ((result = statement_step(s, err)) == 1)
		json_append(list, sum_json(s, catalog, &arena));
	return json_if(result == 0, list);
}
