/*
 * The public cases of mustache's language (the files specs/NAME.json of github.com/mustache/spec,
 * which an npm package brings) against our templates.
 *
 *	mustache SPEC.json...        TAP, one test a case
 *	mustache                     whether this program tells right from wrong
 *
 * Ours is a part of the language on purpose, and what is left out must be refused when the template
 * is compiled, never drawn in another way: values unescaped ({{{x}}}, {{&x}}), other delimiters
 * ({{=<% %>=}}) and a partial that does not exist.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "web/template.h"

enum { most_partials = 8, most_page_bytes = 100000, name_bytes = 64 };

static bool is_left_out(const char *text)
{
	return strstr(text, "{{{") || strstr(text, "{{&") || strstr(text, "{{ &") ||
	       strstr(text, "{{=");
}

/* The template first, then its partials, which are files of a set here. */
static struct template_set *compile(const json_t *test, struct error *err)
{
	static char names[most_partials + 1][name_bytes];
	struct template_file files[most_partials + 1];
	size_t count = 1;
	const char *name;
	json_t *text;

	files[0] = (struct template_file){ "the_case.html",
		json_string_value(json_object_get(test, "template")) };
	json_object_foreach(json_object_get(test, "partials"), name, text)
	{
		if (count > most_partials)
			break;
		snprintf(names[count], sizeof names[count], "%s.html", name);
		files[count] = (struct template_file){ names[count], json_string_value(text) };
		count++;
	}
	return template_set_new(files, count, err);
}

static bool asks_for_what_is_not_there(const json_t *test)
{
	return strstr(json_string_value(json_object_get(test, "name")), "Failed Lookup") &&
	       json_object_size(json_object_get(test, "partials")) == 0 &&
	       strstr(json_string_value(json_object_get(test, "template")), "{{>");
}

static bool left_out(const json_t *test)
{
	const char *name;
	json_t *text;

	if (is_left_out(json_string_value(json_object_get(test, "template"))))
		return true;
	json_object_foreach(json_object_get(test, "partials"), name,
	    text) if (is_left_out(json_string_value(text))) return true;
	return asks_for_what_is_not_there(test);
}

static void tell(const char *what, const char *bytes)
{
	json_t *quoted = json_string(bytes);
	char *line = quoted ? json_dumps(quoted, JSON_ENCODE_ANY) : NULL;

	printf("#   %s: %s\n", what, line ? line : "(not UTF-8)");
	free(line);
	json_decref(quoted);
}

static bool refused(const json_t *test)
{
	struct error err = { 0 };
	struct template_set *set = compile(test, &err);

	if (!set)
		return err.text[0] != '\0';
	template_set_free(set);
	tell("drawn, but should be refused", json_string_value(json_object_get(test, "template")));
	return false;
}

static bool drawn(const json_t *test)
{
	const char *wanted = json_string_value(json_object_get(test, "expected"));
	struct error err = { 0 };
	struct template_set *set = compile(test, &err);
	AUTO_TEXT struct text page;
	bool same;

	text_init(&page, most_page_bytes);
	if (!set || template_render(set, "the_case", json_object_get(test, "data"), &page, &err)) {
		tell("error", err.text);
		template_set_free(set);
		return false;
	}
	same = strlen(wanted) == page.len && memcmp(wanted, page.bytes, page.len) == 0;
	if (!same) {
		tell("template", json_string_value(json_object_get(test, "template")));
		tell("wanted", wanted);
		tell("drawn", page.bytes);
	}
	template_set_free(set);
	return same;
}

/* Under make check, which has no npm: a right case must pass, and a wrong one must not. */
static int check_this(void)
{
	static const char text[] =
	    "[{\"template\": \"{{#a}}{{.}},{{/a}}{{>p}}\", \"data\": {\"a\": [1, \"<\"]},"
	    " \"partials\": {\"p\": \"end\"}, \"expected\": \"1,&lt;,end\"},"
	    " {\"template\": \"{{a}}\", \"data\": {\"a\": 1}, \"expected\": \"2\"},"
	    " {\"template\": \"{{a}}\", \"data\": {}, \"expected\": \"\"}]";
	json_t *tests = json_loads(text, 0, NULL);
	bool right = drawn(json_array_get(tests, 0)), wrong = drawn(json_array_get(tests, 1));
	bool refusal = refused(json_array_get(tests, 2));

	json_decref(tests);
	printf("1..3\n%s 1 - a right case passes\n%s 2 - a wrong one does not\n"
	       "%s 3 - what is drawn was not refused\n",
	    right ? "ok" : "not ok", wrong ? "not ok" : "ok", refusal ? "not ok" : "ok");
	return !right || wrong || refusal;
}

int main(int argc, char **argv)
{
	int number = 0, failed = 0;

	if (argc < 2)
		return check_this();
	for (int i = 1; i < argc; i++) {
		json_error_t err;
		json_t *spec = json_load_file(argv[i], 0, &err), *test;
		size_t at;

		if (!spec) {
			printf("Bail out! %s: %s\n", argv[i], err.text);
			return 1;
		}
		json_array_foreach(json_object_get(spec, "tests"), at, test)
		{
			bool out = left_out(test), ok = out ? refused(test) : drawn(test);

			failed += !ok;
			printf("%s %d - %s%s\n", ok ? "ok" : "not ok", ++number,
			    json_string_value(json_object_get(test, "desc")),
			    out ? " (left out, so refused)" : "");
		}
		json_decref(spec);
	}
	printf("1..%d\n", number);
	return failed > 0 || number == 0;
}
