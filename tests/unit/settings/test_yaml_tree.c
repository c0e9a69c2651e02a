/* YAML to nodes with places, and the limits on hostile files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "settings/yaml_tree.h"

struct fixture {
	struct arena arena;
	struct problems problems;
	struct yaml_fault fault;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	arena_init(&f->arena);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	arena_release(&f->arena);
	problems_release(&f->problems);
	free(f);
	return 0;
}

static struct yaml_node *parse(struct fixture *f, const char *text)
{
	return yaml_tree_parse(slice_of(text), "f", &f->arena, &f->problems, &f->fault);
}

static void test_nodes_know_their_place(void **state)
{
	struct yaml_node *root = parse(*state, "a:\n  - x\n  - {b: 'y'}\n");
	struct yaml_node *list = yaml_tree_get(root, "a");
	assert_int_equal(list->kind, YAML_IS_LIST);
	assert_int_equal(list->count, 2);
	struct yaml_node *y = yaml_tree_get(list->entries[1].value, "b");
	assert_string_equal(y->text, "y");
	assert_false(y->plain);
	assert_int_equal(y->origin.line, 3);
	assert_int_equal(y->origin.column, 9);
	assert_true(list->entries[0].value->plain);
	assert_null(yaml_tree_get(root, "c"));
	assert_null(yaml_tree_get(y, "c"));
}

static void test_null_is_plain(void **state)
{
	struct yaml_node *root = parse(*state, "a:\nb: ~\nc: ''\nd: 'null'\ne: null\n");
	assert_true(yaml_tree_is_null(yaml_tree_get(root, "a")));
	assert_true(yaml_tree_is_null(yaml_tree_get(root, "b")));
	assert_false(yaml_tree_is_null(yaml_tree_get(root, "c")));
	assert_false(yaml_tree_is_null(yaml_tree_get(root, "d")));
	assert_true(yaml_tree_is_null(yaml_tree_get(root, "e")));
}

static void test_own_keys_win_over_merged_ones(void **state)
{
	struct yaml_node *root =
	    parse(*state, "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 3}\n");
	struct yaml_node *z = yaml_tree_get(root, "z");
	assert_int_equal(z->count, 3);
	assert_string_equal(yaml_tree_get(z, "a")->text, "3");
	assert_string_equal(yaml_tree_get(z, "b")->text, "1");
	assert_string_equal(yaml_tree_get(z, "c")->text, "2");
}

static void test_brackets_stop_at_the_depth_limit_at_once(void **state)
{
	struct fixture *f = *state;
	char *text = calloc(1, 200001);
	memset(text, '{', 200000);
	clock_t begin = clock();
	assert_null(parse(f, text));
	assert_true(clock() - begin < CLOCKS_PER_SEC);
	assert_string_equal(f->fault.text, "nested deeper than 64 levels");
	memset(text, '[', 200000);
	assert_null(parse(f, text));
	free(text);
}

static void test_sixty_four_levels_are_fine(void **state)
{
	char text[200] = "";
	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	assert_non_null(parse(*state, text));
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	assert_null(parse(*state, text));
}

static void test_aliases_are_counted_as_if_written_out(void **state)
{
	struct fixture *f = *state;
	char text[70000] = "a: &a [1,2,3,4,5,6,7,8,9]\nb: [";
	size_t len = strlen(text);
	for (int i = 0; i < 1000; i++, len += 3)
		memcpy(text + len, "*a,", 4);
	memcpy(text + len, "]", 2);
	assert_non_null(parse(f, text));
	memcpy(text + len, "*a]", 4);
	assert_null(parse(f, text));
	assert_string_equal(f->fault.text, "aliases repeat more than 10000 nodes");
}

static void test_ten_thousand_keys_are_checked_quickly(void **state)
{
	struct fixture *f = *state;
	char *text = calloc(1, 400000);
	size_t len = 0;
	for (int i = 0; i < 20000; i++)
		len += (size_t)snprintf(text + len, 400000 - len, "k%d: 1\n", i % 19999);
	assert_non_null(parse(f, text));
	assert_int_equal(f->problems.errors, 1);
	assert_string_equal(
	    f->problems.items[0].text, "'k0' is given twice; the first is in line 1");
	assert_int_equal(f->problems.items[0].origin.line, 20000);
	free(text);
}

static void test_raw_nul_and_invalid_utf8_are_refused(void **state)
{
	struct fixture *f = *state;
	assert_null(yaml_tree_parse(
	    (struct slice){ "a: b\0c\n", 7 }, "f", &f->arena, &f->problems, &f->fault));
	assert_int_equal(f->fault.origin.column, 5);
	assert_null(parse(f, "a: 1\nb: \xc3("));
	assert_int_equal(f->fault.origin.line, 2);
	assert_int_equal(f->fault.origin.column, 5); /* the octet that does not continue */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_nodes_know_their_place),
		TEST(test_null_is_plain),
		TEST(test_own_keys_win_over_merged_ones),
		TEST(test_brackets_stop_at_the_depth_limit_at_once),
		TEST(test_sixty_four_levels_are_fine),
		TEST(test_aliases_are_counted_as_if_written_out),
		TEST(test_ten_thousand_keys_are_checked_quickly),
		TEST(test_raw_nul_and_invalid_utf8_are_refused),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
