#ifndef WEB_TEMPLATE_H
#define WEB_TEMPLATE_H

/*
 * Mustache templates over JSON: the pages of the panel.
 *
 *	{{name}} {{a.b}} {{.}}          a value, escaped for HTML text and quoted attributes
 *	{{#name}}...{{/name}}           once for a true value, which becomes the context; once for
 *	                                each item of a list
 *	{{^name}}...{{/name}}           when it is missing, false, null, 0, "" or an empty list or 0
 *	{{>name}}                       the template name.html, in the present context
 *	{{! words }}                    nothing
 *
 * There is no way to put a value unescaped: {{{x}}}, {{&x}} and changed delimiters are errors, so
 * what comes from outside can never become markup.  Drawings (SVG) are templates too; values inside
 * style, script or a URL's scheme have no place in a template.  Control and direction-changing
 * characters of a value are shown as "\u202e".
 *
 * A set is compiled once; mistakes (unclosed or crossed sections, unknown partials) are errors with
 * file and line then, not when a page is asked for.  A set may be used by many threads at once.
 */
#include <jansson.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct template_file {
	const char *name; /* "keys.html" */
	const char *text;
};

/* What stood in templates/ when the program was built, by name. */
extern const struct template_file template_files[];
extern const size_t template_file_count;

struct template_set;

/* Compiles those of the files whose names end in ".html"; borrows their texts. */
struct template_set *template_set_new(
    const struct template_file *files, size_t count, struct error *err);
void template_set_free(struct template_set *set); /* NULL is fine */

/* Adds the page to out.  name is without ".html"; one that is not in the set, nesting beyond 32
 * levels and a page over out's maximum are ERROR_INTERNAL. */
int template_render(const struct template_set *set, const char *name, const json_t *data,
    struct text *out, struct error *err);

/* Adds bytes of valid UTF-8 as HTML text: what {{name}} does with a string. */
void template_escape(struct text *out, const char *bytes, size_t len);

#endif
