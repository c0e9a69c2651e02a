/* Templates: what is drawn, what is refused, and that nothing comes through unescaped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/text.h"
#include "web/template.h"

/* Draws `text` with partials p and q over the JSON. */
static void draw(const char *text, const char *p, const char *json, const char *wanted)
{
	struct template_file files[] = { { "page.html", text }, { "p.html", p ? p : "" } };
	struct error err = { 0 };
	struct template_set *set = template_set_new(files, 2, &err);
	json_t *data = json_loads(json, JSON_DECODE_ANY, NULL);
	AUTO_TEXT struct text out = text_empty(100000);

	if (!set)
		fail_msg("%s", err.text);
	assert_non_null(data);
	assert_int_equal(template_render(set, "page", data, &out, &err), 0);
	assert_string_equal(out.bytes, wanted);
	template_set_free(set);
	json_decref(data);
}

static void refuse(const char *text, const char *wanted)
{
	struct template_file file = { "page.html", text };
	struct error err = { 0 };

	assert_null(template_set_new(&file, 1, &err));
	assert_string_equal(err.text, wanted);
}

static void test_values_are_escaped_for_text_and_attributes(void **state)
{
	draw("<a title=\"{{x}}\">{{x}}</a>", NULL, "{\"x\": \"<script>'\\\"&\"}",
	    "<a title=\"&lt;script&gt;&#39;&quot;&amp;\">&lt;script&gt;&#39;&quot;&amp;</a>");
	draw("{{x}}", NULL, "{\"x\": \"a\\u202eb\\u0007c\\u200bd\\u0085e\\n\"}",
	    "a\\u202eb\\u0007c\\u200bd\\u0085e\n");
	draw("{{x}}|{{y}}|{{z}}|{{n}}", NULL, "{\"x\": -12, \"y\": 1.25, \"z\": true, \"n\": null}",
	    "-12|1.25|true|");
}

static void test_sections_follow_truth_and_lists(void **state)
{
	draw("{{#a}}yes{{/a}}{{^a}}no{{/a}}", NULL, "{\"a\": \"\"}", "no");
	draw("{{#a}}yes{{/a}}{{^a}}no{{/a}}", NULL, "{\"a\": 0}", "no");
	draw("{{#a}}yes{{/a}}{{^a}}no{{/a}}", NULL, "{\"a\": {}}", "yes");
	draw("{{#a}}{{.}},{{/a}}", NULL, "{\"a\": [1, \"<\", 3]}", "1,&lt;,3,");
	draw("{{#a}}{{b}}{{c}} {{/a}}", NULL,
	    "{\"c\": \"out\", \"a\": [{\"b\": 1}, {\"b\": 2, \"c\": \"in\"}]}", "1out 2in ");
	draw("{{a.b.c}}|{{a.x.c}}", NULL, "{\"a\": {\"b\": {\"c\": \"deep\"}}, \"c\": \"no\"}",
	    "deep|");
}

static void test_tags_alone_on_a_line_take_it_with_them(void **state)
{
	draw("a\n  {{#x}}\nb\n  {{/x}}\nc\n", NULL, "{\"x\": true}", "a\nb\nc\n");
	draw("a\r\n{{! words\nmore }}\r\nb", NULL, "{}", "a\r\nb");
	draw("a {{#x}}\nb{{/x}}\n", NULL, "{\"x\": true}", "a \nb\n");
	draw("{{#x}}{{/x}}\n", NULL, "{\"x\": true}", "\n");
}

static void test_partials_keep_their_indent(void **state)
{
	draw(" \\\n {{>p}}\n/\n", "|\n{{x}}\n|\n", "{\"x\": \"<\\n->\"}",
	    " \\\n |\n &lt;\n-&gt;\n |\n/\n");
	draw("{{>p}}", "{{x}}{{#next}}<{{>p}}>{{/next}}",
	    "{\"x\": \"X\", \"next\": {\"x\": \"Y\", \"next\": null}}", "X<Y>");
}

static void test_mistakes_name_file_and_line(void **state)
{
	refuse("a\n{{#b}}\n", "templates/page.html:2: {{#b}} is not closed");
	refuse("{{#a}}\n{{#b}}\n{{/a}}", "templates/page.html:3: {{/a}} closes {{#b}} of line 2");
	refuse("{{/a}}", "templates/page.html:1: {{a}}: closes a section that is not open");
	refuse("\n\n{{>nope}}", "templates/page.html:3: there is no template 'nope.html'");
	refuse("{{a", "templates/page.html:1: {{a}}: is not closed");
	refuse("{{a b}}", "templates/page.html:1: {{a b}}: is no name");
}

static void test_there_is_no_way_around_escaping(void **state)
{
	const char *ways[] = { "{{{a}}}", "{{&a}}", "{{=<% %>=}}<%& a %>" };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		struct template_file file = { "page.html", ways[i] };

		assert_null(template_set_new(&file, 1, NULL));
	}
}

static void test_endless_partials_end_with_an_error(void **state)
{
	struct template_file files[] = { { "page.html", "{{>page}}" } };
	struct template_set *set = template_set_new(files, 1, NULL);
	json_t *data = json_object();
	AUTO_TEXT struct text out = text_empty(1000);
	struct error err = { 0 };

	assert_int_equal(template_render(set, "page", data, &out, &err), -1);
	assert_non_null(strstr(err.text, "nested too deeply"));
	template_set_free(set);
	json_decref(data);
}

static void test_a_page_over_its_maximum_is_an_error(void **state)
{
	struct template_file files[] = { { "page.html", "{{#a}}xxxxxxxxxx{{/a}}" } };
	struct template_set *set = template_set_new(files, 1, NULL);
	json_t *data = json_loads("{\"a\": [1, 2, 3]}", 0, NULL);
	AUTO_TEXT struct text out = text_empty(25);

	assert_int_equal(template_render(set, "page", data, &out, NULL), -1);
	template_set_free(set);
	json_decref(data);
}

/* Random runs of the pieces that templates are made of: compiling and drawing never reads or writes
 * where it should not (the sanitizer builds watch), and no value's "<" comes through. */
static void test_any_text_is_drawn_or_refused(void **state)
{
	static const char *const pieces[] = { "{{", "}}", "#", "/", "^", ">", "!", "a", "b.c", ".",
		"p", " ", "\n", "\r\n", "{{#a}}", "{{/a}}", "{{^b}}", "{{/b}}", "{{>p}}", "{{v}}",
		"{", "}", "{{! x" };
	json_t *data =
	    json_loads("{\"a\": [{\"v\": \"<i>\"}, {\"a\": [1]}], \"v\": \"<b>\"}", 0, NULL);

	for (int round = 0; round < 20000; round++) {
		char text[400] = "";
		size_t len = 0;
		AUTO_TEXT struct text out = text_empty(100000);

		for (uint32_t n = digest_random_below(16); n > 0; n--) {
			const char *piece =
			    pieces[digest_random_below(sizeof pieces / sizeof pieces[0])];

			len += (size_t)snprintf(text + len, sizeof text - len, "%s", piece);
		}
		struct template_file files[] = { { "page.html", text }, { "p.html", "<{{v}}\n" } };
		struct template_set *set = template_set_new(files, 2, NULL);

		if (set && template_render(set, "page", data, &out, NULL) == 0) {
			assert_null(strstr(out.bytes, "<b>"));
			assert_null(strstr(out.bytes, "<i>"));
		}
		template_set_free(set);
	}
	json_decref(data);
}

static void test_the_shipped_templates_compile(void **state)
{
	struct error err = { 0 };
	struct template_set *set = template_set_new(template_files, template_file_count, &err);

	if (!set)
		fail_msg("%s", err.text);
	template_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_escaped_for_text_and_attributes),
		cmocka_unit_test(test_sections_follow_truth_and_lists),
		cmocka_unit_test(test_tags_alone_on_a_line_take_it_with_them),
		cmocka_unit_test(test_partials_keep_their_indent),
		cmocka_unit_test(test_mistakes_name_file_and_line),
		cmocka_unit_test(test_there_is_no_way_around_escaping),
		cmocka_unit_test(test_endless_partials_end_with_an_error),
		cmocka_unit_test(test_a_page_over_its_maximum_is_an_error),
		cmocka_unit_test(test_any_text_is_drawn_or_refused),
		cmocka_unit_test(test_the_shipped_templates_compile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
