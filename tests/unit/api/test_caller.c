/*
 * Who asked, as far as the budgets of users and tags hang on it.
 */
#include "api/caller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "caught_reply.h"
#include "chat/client_format.h"
#include "chat/media.h"

static struct caught_reply caught;
static struct chat_request chat;
static struct named_budget budgeted = { .name = (char *)"prod" };
static const struct named_budgets budgets = { .items = &budgeted, .count = 1 };

static bool has(const struct request_caller *caller, const char *tag)
{
	for (size_t i = 0; i < caller->tag_count; i++)
		if (strcmp(caller->tags[i], tag) == 0)
			return true;
	return false;
}

static void test_no_number_of_tags_hides_one_that_has_a_budget_or_is_its_keys(void **state)
{
	struct request_caller caller;
	struct error err;

	caught_begin(&caught, "/v1/chat/completions");
	caught_variable(&caught, "HTTP_X_LITELLM_TAGS", "x, prod");
	assert_int_equal(
	    client_format(WIRE_OPENAI_CHAT)
		->read(slice_of("{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
				"\"content\":\"a\"}],\"metadata\":{\"tags\":[\"1\",\"2\","
				"\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]}}"),
		    NULL, false, &caught.arena, &chat, &err),
	    0);
	caller = caller_read(&caught.request, &chat, "[\"of-its-key\"]", &budgets);
	assert_int_equal(caller.tag_count, 11);
	assert_true(has(&caller, "prod"));
	assert_true(has(&caller, "of-its-key"));
	assert_true(has(&caller, "9"));
	assert_false(has(&caller, "10"));
	caught_end(&caught);
}

/* Who names many that have one spends from each. */
static void test_every_tag_that_has_a_budget_counts(void **state)
{
	static const char names[] = "a,b,c,d,e,f,g,h,i,j,k,l,m,n";
	struct named_budget items[] = { { .name = (char *)"a" }, { .name = (char *)"b" },
		{ .name = (char *)"c" }, { .name = (char *)"d" }, { .name = (char *)"e" },
		{ .name = (char *)"f" }, { .name = (char *)"g" }, { .name = (char *)"h" },
		{ .name = (char *)"i" }, { .name = (char *)"j" }, { .name = (char *)"k" },
		{ .name = (char *)"l" }, { .name = (char *)"m" } };
	const struct named_budgets many = { .items = items, .count = sizeof items / sizeof *items };
	struct request_caller caller;
	struct error err;

	caught_begin(&caught, "/v1/chat/completions");
	caught_variable(&caught, "HTTP_X_LITELLM_TAGS", names);
	assert_int_equal(client_format(WIRE_OPENAI_CHAT)
			     ->read(slice_of("{\"model\":\"m\",\"messages\":[{\"role\":"
					     "\"user\",\"content\":\"a\"}]}"),
				 NULL, false, &caught.arena, &chat, &err),
	    0);
	caller = caller_read(&caught.request, &chat, "[\"of-its-key\"]", &many);
	assert_int_equal(caller.tag_count, 14);
	assert_true(has(&caller, "of-its-key"));
	assert_true(has(&caller, "m"));
	assert_false(has(&caller, "n"));
	caught_end(&caught);
}

static void test_a_form_names_its_user(void **state)
{
	static const char form[] =
	    "--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nID3\r\n"
	    "--b\r\nContent-Disposition: form-data; name=model\r\n\r\nm\r\n"
	    "--b\r\nContent-Disposition: form-data; name=user\r\n\r\nada\r\n--b--\r\n";
	struct request_caller caller;
	struct error err;

	caught_begin(&caught, "/v1/audio/transcriptions");
	assert_int_equal(
	    media_read(media_address("audio/transcriptions"), "multipart/form-data; boundary=b",
		slice_of(form), NULL, &caught.arena, &chat, &err),
	    0);
	caller = caller_read(&caught.request, &chat, NULL, &budgets);
	assert_string_equal(caller.user, "ada");
	caught_end(&caught);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_number_of_tags_hides_one_that_has_a_budget_or_is_its_keys),
		cmocka_unit_test(test_every_tag_that_has_a_budget_counts),
		cmocka_unit_test(test_a_form_names_its_user),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
