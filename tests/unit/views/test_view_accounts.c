/*
 * Keys, teams, budgets, spend and the trail as pages and the API see them, after requests through
 * the whole relay.
 */
#include "play.h"

#include <string.h>

#include "accounts/budget_plans.h"
#include "accounts/key_change.h"
#include "accounts/teams.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "groups.h"
#include "views/view_audit.h"
#include "views/view_budgets.h"
#include "views/view_keys.h"
#include "views/view_spend.h"
#include "views/view_teams.h"

#define DOLLAR INT64_C(1000000000)

static const struct actor by = { "tester", "unit test" };
static const struct step all_good[] = { { .model = "" } };

static struct play play;

static struct store *store(void)
{
	return play.gateway.store;
}

static json_t *must(json_t *view)
{
	if (!view)
		fail_msg("%s", play.err.text);
	return view;
}

static const char *make_key(const struct account_wish *wish)
{
	struct key_secret secret;
	struct virtual_key key;

	if (key_create(
		store(), &by, wish, clock_wall_ms(), &play.arena, &key, &secret, &play.err) != 0)
		fail_msg("%s", play.err.text);
	return key.id;
}

static json_t *keys_of(struct key_filter filter)
{
	return must(view_keys(store(), &filter, "UTC", clock_wall_ms(), &play.err));
}

/* "a b c": the aliases in order. */
static const char *aliases(struct key_filter filter)
{
	AUTO_JSON json_t *page = keys_of(filter);
	const char *all = "";
	json_t *key;
	size_t i;

	json_array_foreach(json_object_get(page, "keys"), i, key) all =
	    arena_printf(&play.arena, "%s%s%s", all, i ? " " : "", json_read_text(key, "name"));
	return all;
}

static int begin(void **state)
{
	play_begin(&play, THREE_GROUPS, NULL); /* makes the key "tester" */
	return 0;
}

static int end(void **state)
{
	play_end(&play);
	return 0;
}

static void test_keys_are_found_by_what_they_are(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "ada", .team_id = "red" };
	const char *ada;

	ada = make_key(&wish);
	wish = (struct account_wish){ .expires_ms = clock_wall_ms() - 1, .alias = "bob" };
	(void)make_key(&wish);
	wish = (struct account_wish){
		.expires_ms = KEY_KEEP, .alias = "Cy", .extra = "{\"user_id\":\"u1\"}"
	};
	assert_int_equal(key_delete(store(), &by, make_key(&wish), clock_wall_ms(), &play.err), 0);
	assert_int_equal(key_set_blocked(store(), &by, ada, true, clock_wall_ms(), &play.err), 0);

	assert_string_equal(aliases((struct key_filter){ .sort = "alias" }), "ada bob tester");
	assert_string_equal(
	    aliases((struct key_filter){ .sort = "alias", .descending = true }), "tester bob ada");
	assert_string_equal(aliases((struct key_filter){ .status = "good" }), "tester");
	assert_string_equal(aliases((struct key_filter){ .status = "blocked" }), "ada");
	assert_string_equal(aliases((struct key_filter){ .status = "expired" }), "bob");
	assert_string_equal(aliases((struct key_filter){ .status = "deleted" }), "Cy");
	assert_string_equal(aliases((struct key_filter){ .status = "any", .user_id = "u1" }), "Cy");
	assert_string_equal(aliases((struct key_filter){ .team_id = "red" }), "ada");
	assert_string_equal(aliases((struct key_filter){ .search = "RED" }), "ada");
	assert_string_equal(aliases((struct key_filter){ .search = "%" }), "");
}

/* Also where many are alike in what they are sorted by, and where a name has the sign that the link
 * has between its parts. */
static void test_pages_of_keys_go_on_where_the_one_before_ended(void **state)
{
	static const char *const sorts[] = { NULL, "alias", "spend", "created", "used", "expires" };
	static const char *const names[] = { "b:1", "B:2", NULL, NULL, "a" };
	struct account_wish wish = { .expires_ms = KEY_KEEP };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		wish.alias = names[i];
		wish.expires_ms = i == 2 ? clock_wall_ms() + 60000 : KEY_KEEP;
		(void)make_key(&wish);
	}
	for (size_t i = 0; i < 2 * sizeof sorts / sizeof sorts[0]; i++) {
		struct key_filter filter = { .sort = sorts[i / 2], .descending = i % 2, .size = 9 };
		const char *whole = aliases(filter), *pieces = "", *next = NULL;
		int pages = 0;

		filter.size = 2;
		do {
			AUTO_JSON json_t *page = keys_of(filter);

			pieces = arena_printf(
			    &play.arena, "%s%s%s", pieces, pages ? " " : "", aliases(filter));
			next = arena_copy(&play.arena, json_read_text(page, "next"));
			filter.after = next;
		} while (++pages < 9 && next);
		assert_int_equal(pages, 3);
		assert_string_equal(pieces, whole);
	}
	assert_string_equal(aliases((struct key_filter){ .sort = "alias", .after = "nonsense" }),
	    aliases((struct key_filter){ .sort = "alias" }));
}

static void test_pages_of_keys_count_all_of_them(void **state)
{
	AUTO_JSON json_t *page = NULL;
	struct account_wish wish = { .expires_ms = KEY_KEEP };

	for (int i = 0; i < 6; i++)
		(void)make_key(&wish);
	page = keys_of((struct key_filter){ .page = 3, .size = 3 });
	assert_int_equal(json_read_int(page, "total", 0), 7);
	assert_int_equal(json_read_int(page, "pages", 0), 3);
	assert_int_equal(json_array_size(json_read_at(page, "keys")), 1);
	json_decref(page);
	page = keys_of((struct key_filter){ .page = 9, .size = 3 });
	assert_int_equal(json_read_int(page, "total", 0), 7);
	assert_int_equal(json_array_size(json_read_at(page, "keys")), 0);
}

static void test_what_a_request_cost_is_in_every_view(void **state)
{
	struct budget_wish budget = { .limit_nano = 5 * DOLLAR, .period = "1d" };
	struct account_wish wish = {
		.expires_ms = KEY_KEEP, .budgets = &budget, .budget_count = 1, .team_id = "red"
	};
	AUTO_JSON json_t *page = NULL, *spend = NULL, *days = NULL;
	int64_t cost, total;
	const json_t *key;

	page = keys_of((struct key_filter){ .alias = "tester" });
	assert_int_equal(key_update(store(), &by,
			     json_read_text(json_array_get(json_read_at(page, "keys"), 0), "id"),
			     &wish, clock_wall_ms(), &play.err),
	    0);
	assert_int_equal(play_ask(&play, all_good, "\"model\":\"a\",\"max_tokens\":5"), 0);
	cost = play.out.cost_nano;
	assert_true(cost > 0);

	json_decref(page);
	page = keys_of((struct key_filter){ .alias = "tester" });
	key = json_array_get(json_read_at(page, "keys"), 0);
	assert_int_equal(json_read_int(key, "spent_nano", 0), cost);
	key = json_array_get(json_read_at(key, "budgets"), 0);
	assert_int_equal(json_read_int(key, "spent_nano", 0), cost);
	assert_int_equal(json_read_int(key, "left_nano", 0), 5 * DOLLAR - cost);
	assert_int_equal(json_read_int(key, "held_nano", -1), 0);
	assert_string_equal(json_read_text(key, "period_words"), "day");

	spend = must(view_spend(store(), SPEND_BY_KEY, &(struct spend_filter){ 0 }, &play.err));
	assert_string_equal(json_read_text(json_array_get(spend, 0), "name"), "tester");
	assert_int_equal(json_read_int(json_array_get(spend, 0), "cost_nano", 0), cost);
	days = must(view_spend(store(), SPEND_BY_DAY,
	    &(struct spend_filter){ .from_ms = clock_wall_ms(), .to_ms = clock_wall_ms() },
	    &play.err));
	assert_int_equal(json_read_int(json_array_get(days, 0), "cost_nano", 0), cost);
	assert_int_equal(view_spend_total(store(), 0, 0, &total, &play.err), 0);
	assert_int_equal(total, cost);
}

static void test_a_budget_shows_its_windows(void **state)
{
	struct budget_wish budget = { .limit_nano = 5 * DOLLAR, .period = "1d" };
	struct account_wish wish = {
		.expires_ms = KEY_KEEP, .budgets = &budget, .budget_count = 1
	};
	AUTO_JSON json_t *list = NULL, *one = NULL;

	(void)make_key(&wish);
	list = must(view_budgets(store(), "key", "UTC", clock_wall_ms(), &play.err));
	assert_int_equal(json_array_size(list), 1);
	assert_true(json_is_false(json_read_at(json_array_get(list, 0), "opened")));
	assert_int_equal(json_read_int(json_array_get(list, 0), "used_permille", -1), 0);
	assert_true(json_read_int(json_array_get(list, 0), "resets_in_ms", 0) > 0);
	one = must(view_budget(store(), json_read_int(json_array_get(list, 0), "id", 0), 10, "UTC",
	    clock_wall_ms(), &play.err));
	assert_int_equal(json_array_size(json_read_at(one, "windows")), 0);
	assert_null(view_budget(store(), 999, 10, "UTC", clock_wall_ms(), &play.err));
	assert_int_equal(play.err.kind, ERROR_NOT_FOUND);
}

static void test_a_team_counts_its_keys(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "Red team" };
	struct account_wish for_key = { .expires_ms = KEY_KEEP, .team_id = "red" };
	AUTO_JSON json_t *list = NULL, *gone = NULL;
	const char *id;

	assert_int_equal(
	    team_create(store(), &by, "red", &wish, clock_wall_ms(), &play.arena, &id, &play.err),
	    0);
	(void)make_key(&for_key);
	(void)make_key(&for_key);
	list = must(view_teams(store(), "red", false, "UTC", clock_wall_ms(), &play.err));
	assert_int_equal(json_array_size(list), 1);
	assert_int_equal(json_read_int(json_array_get(list, 0), "key_count", 0), 2);
	assert_int_equal(team_delete(store(), &by, "red", clock_wall_ms(), &play.err), 0);
	gone = must(view_team(store(), "red", "UTC", clock_wall_ms(), &play.err));
	assert_true(json_is_true(json_read_at(gone, "deleted")));
	assert_string_equal(json_read_text(gone, "alias"), "Red team");
	assert_int_equal(json_read_int(gone, "key_count", -1), 0);
}

static void test_the_trail_names_the_fields_that_changed(void **state)
{
	struct account_wish wish = { .expires_ms = KEY_KEEP, .alias = "one" };
	AUTO_JSON json_t *page = NULL, *older = NULL;
	const json_t *event;
	const char *id = make_key(&wish);

	clock_fake_advance(1); /* ids are in the order of milliseconds */
	wish.alias = "two";
	assert_int_equal(key_update(store(), &by, id, &wish, clock_wall_ms(), &play.err), 0);
	page = must(view_audit(store(),
	    &(struct audit_filter){ .kind = "key", .thing_id = id, .limit = 1 }, &play.err));
	event = json_array_get(json_read_at(page, "events"), 0);
	assert_string_equal(json_read_text(event, "actor"), "tester");
	assert_string_equal(json_read_text(event, "action"), "key.update");
	assert_int_equal(json_array_size(json_read_at(event, "changes")), 1);
	event = json_array_get(json_read_at(event, "changes"), 0);
	assert_string_equal(json_read_text(event, "field"), "alias");
	assert_string_equal(json_read_text(event, "before"), "one");
	assert_string_equal(json_read_text(event, "after"), "two");
	older = must(view_audit(store(),
	    &(struct audit_filter){
		.kind = "key", .thing_id = id, .before = json_read_text(page, "older") },
	    &play.err));
	assert_int_equal(json_array_size(json_read_at(older, "events")), 1);
	assert_true(json_is_null(json_read_at(older, "older")));
}

static void test_periods_have_words(void **state)
{
	char room[40];

	assert_string_equal(view_period_words("", room), "lifetime");
	assert_string_equal(view_period_words("30d", room), "month");
	assert_string_equal(view_period_words("1h", room), "hour");
	assert_string_equal(view_period_words("2w", room), "2 weeks");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keys_are_found_by_what_they_are),
		TEST(test_pages_of_keys_go_on_where_the_one_before_ended),
		TEST(test_pages_of_keys_count_all_of_them),
		TEST(test_what_a_request_cost_is_in_every_view),
		TEST(test_a_budget_shows_its_windows),
		TEST(test_a_team_counts_its_keys),
		TEST(test_the_trail_names_the_fields_that_changed),
		cmocka_unit_test(test_periods_have_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
