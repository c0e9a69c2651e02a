/* A catalog whose members are made when they are asked for says what one says that is made at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "accounts/keys.h"
#include "base/clock.h"
#include "relay/catalog.h"

static const char entries[] =
    "model_list:\n"
    "  - { model_name: cheap, litellm_params: { model: openai/gpt-4o-mini, api_key: k } }\n"
    "  - { model_name: dear, litellm_params: { model: openai/gpt-4o, api_key: k, order: 1 } }\n"
    "  - { model_name: cheap, litellm_params: { model: anthropic/claude-opus-4-1, api_key: k, "
    "order: 2 } }\n"
    "  - { model_name: unpriced, litellm_params: { model: openai/my-own, api_key: k } }\n"
    "  - { model_name: broken, litellm_params: 5 }\n"
    "  - { model_name: keyless, litellm_params: { model: nowhere/m } }\n"
    "  - { model_name: \"any/*\", litellm_params: { model: \"openai/*\", api_key: k, n: 3 } }\n"
    "  - { model_name: argon, model_info: { access_groups: [beta, lab] }, litellm_params: { model: "
    "gemini/gemini-4-argon, api_key: k } }\n"
    "  - { model_name: grok, model_info: { base_model: xai/grok-4 }, litellm_params: { model: "
    "openai/grok-4, api_base: \"https://api.x.ai/v1\", api_key: k } }\n"
    "sideways_settings: { tiers: [{ name: low, up_to: 5 }, { name: high }] }\n"
    "router_settings: { model_group_alias: { other: dear } }\n";
static char folder[64], path[128];

static struct catalog *load(struct problems *told)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	struct settings *settings = settings_load(path, &problems, &err);
	struct catalog *catalog;

	assert_non_null(settings);
	catalog = catalog_new(settings, told, &err);
	assert_non_null(catalog);
	problems_release(&problems);
	return catalog;
}

static int set_up(void **state)
{
	FILE *file;

	strcpy(folder, "/tmp/sideways-catalog-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/sideways.yaml", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(entries, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return 0;
}

static int tear_down(void **state)
{
	unlink(path);
	rmdir(folder);
	return 0;
}

static void assert_same_group(const struct group *now, const struct group *later)
{
	if (!now) {
		assert_null(later);
		return;
	}
	assert_non_null(later);
	assert_string_equal(now->name, later->name);
	assert_int_equal(now->tier, later->tier);
	assert_int_equal(now->member_count, later->member_count);
	for (size_t i = 0; i < now->member_count; i++) {
		const struct member *a = &now->members[i], *b = &later->members[i];

		assert_string_equal(a->deployment->id, b->deployment->id);
		assert_string_equal(a->model, b->model);
		assert_ptr_equal(a->provider, b->provider);
		assert_int_equal(a->priced, b->priced);
		assert_int_equal(a->price.output_pico, b->price.output_pico);
		assert_int_equal(a->tier, b->tier);
		assert_int_equal(a->tokenizer, b->tokenizer);
		assert_int_equal(a->unbounded, b->unbounded);
		assert_int_equal(a->fault != NULL, b->fault != NULL);
	}
}

static void test_whoever_is_asked_for_is_the_same(void **state)
{
	static const char *const asked[] = { "cheap", "dear", "other", "unpriced", "broken",
		"keyless", "any/gpt-4.1", "any/none", "gpt-4o" };

	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		struct problems problems = { 0 };
		struct catalog *now = load(&problems), *later = load(NULL);
		AUTO_ARENA struct arena arena = { 0 };

		assert_same_group(
		    catalog_find(now, asked[i], &arena), catalog_find(later, asked[i], &arena));
		problems_release(&problems);
		catalog_release(now);
		catalog_release(later);
	}
}

static void test_who_asks_for_all_is_told_the_same(void **state)
{
	struct problems problems = { 0 };
	struct catalog *now = load(&problems), *later = load(NULL);
	const struct member *faulty;
	size_t count = 0;

	assert_true(problems.count > 0);
	assert_int_equal(catalog_group_count(now), catalog_group_count(later));
	for (; (faulty = catalog_faulty_at(now, count)); count++)
		assert_string_equal(
		    faulty->deployment->id, catalog_faulty_at(later, count)->deployment->id);
	assert_int_equal(count, 3);
	assert_null(catalog_faulty_at(later, count));
	for (size_t i = 0; i < catalog_group_count(now); i++)
		assert_same_group(catalog_group_at(now, i), catalog_group_at(later, i));
	problems_release(&problems);
	catalog_release(now);
	catalog_release(later);
}

static void assert_tier_of_argon(int tier, int64_t blended_pico, int64_t today_pico)
{
	struct problems problems = { 0 };
	struct catalog *catalog = load(&problems);
	AUTO_ARENA struct arena arena = { 0 };
	const struct group *group;

	group = catalog_find(catalog, "argon", &arena);
	assert_non_null(group);
	assert_int_equal(group->tier, tier);
	assert_int_equal(group->members[0].tier, tier);
	assert_int_equal(group->members[0].blended_pico, blended_pico);
	assert_int_equal(member_price(&group->members[0])->output_pico, today_pico);
	assert_false(catalog_outdated(catalog));
	problems_release(&problems);
	catalog_release(catalog);
}

/* $4 a million until 1 December 2026, then $8; the bands of these settings part them. */
static void test_a_tier_follows_a_price_that_changes(void **state)
{
	const int64_t change_ms = INT64_C(1796083200000), day_ms = 86400000;
	struct problems problems = { 0 };
	struct catalog *before;

	clock_fake_start(change_ms - 3 * day_ms);
	before = load(&problems);
	assert_tier_of_argon(0, 4000000, 10000000);
	clock_fake_advance(day_ms + day_ms / 2);
	assert_true(catalog_outdated(before));
	assert_tier_of_argon(1, 8000000, 10000000);
	clock_fake_advance(day_ms + day_ms / 2 - 1);
	assert_tier_of_argon(1, 8000000, 10000000);
	clock_fake_advance(1);
	assert_tier_of_argon(1, 8000000, 20000000);
	clock_fake_advance(4 * day_ms);
	assert_tier_of_argon(1, 8000000, 20000000);
	clock_fake_stop();
	problems_release(&problems);
	catalog_release(before);
}

static void test_a_deployment_is_found_by_its_id(void **state)
{
	struct problems problems = { 0 };
	struct catalog *now = load(&problems), *later = load(NULL);
	AUTO_ARENA struct arena arena = { 0 };

	for (size_t i = 0; i < catalog_settings(now)->deployment_count; i++) {
		const char *id = catalog_settings(now)->deployments[i].id;

		assert_same_group(catalog_find(now, id, &arena), catalog_find(later, id, &arena));
	}
	problems_release(&problems);
	catalog_release(now);
	catalog_release(later);
}

/* As LiteLLM reads model_info.access_groups; the key's list and the team's may use another name. */
static void test_an_access_group_is_one_of_a_models_names(void **state)
{
	static const struct {
		const char *models, *of_team, *asked;
		bool open;
	} cases[] = { { "[\"beta\"]", NULL, "argon", true },
		{ "[\"lab\", \"cheap\"]", "[\"beta\"]", "argon", true },
		{ "[\"beta\"]", "[\"argon\"]", "argon", true },
		{ "[\"beta\"]", "[\"cheap\"]", "argon", false },
		{ "[\"beta\"]", NULL, "cheap", false }, { "[\"bet\"]", NULL, "argon", false },
		{ "[\"be*\"]", NULL, "argon", false }, { "[\"ar*\"]", NULL, "argon", true },
		{ "[]", "[\"lab\"]", "argon", true }, { "[\"dear\"]", NULL, "other", true } };
	struct catalog *catalog = load(NULL);
	AUTO_ARENA struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct virtual_key key = { .models = (char *)cases[i].models,
			.team_models = (char *)cases[i].of_team };
		const struct group *group = catalog_find(catalog, cases[i].asked, &arena);

		assert_non_null(group);
		assert_int_equal(group_is_open_to(group, &key, cases[i].asked), cases[i].open);
	}
	catalog_release(catalog);
}

/* xAI counts reasoning beyond max_tokens, whatever the entry calls it. */
static void test_the_bound_follows_who_tells_the_usage(void **state)
{
	struct catalog *catalog = load(NULL);
	AUTO_ARENA struct arena arena = { 0 };
	const struct group *grok;

	grok = catalog_find(catalog, "grok", &arena);
	assert_non_null(grok);
	assert_string_equal(grok->members[0].biller->name, "xai");
	assert_true(grok->members[0].priced);
	assert_true(grok->members[0].price.reasoning_apart);
	catalog_release(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whoever_is_asked_for_is_the_same),
		cmocka_unit_test(test_who_asks_for_all_is_told_the_same),
		cmocka_unit_test(test_a_tier_follows_a_price_that_changes),
		cmocka_unit_test(test_a_deployment_is_found_by_its_id),
		cmocka_unit_test(test_an_access_group_is_one_of_a_models_names),
		cmocka_unit_test(test_the_bound_follows_who_tells_the_usage),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
