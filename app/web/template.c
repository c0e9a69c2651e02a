/*
 * Rendering: walks a page's nodes with a stack of contexts, innermost last.
 */
#include "web/template.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "web/template_compile.h"

#include "base/banned.h"

#define CONTEXTS_MAX 32
#define PARTIALS_MAX 32 /* within each other */

struct rendering {
	const struct template_set *set;
	struct text *out;
	const json_t *contexts[CONTEXTS_MAX];
	int context_count, partial_count;
	struct slice indents[PARTIALS_MAX];
	bool line_begins; /* nothing of the template's own text stands on this line yet */
	struct error *err;
};

struct template_set *template_set_new(
    const struct template_file *files, size_t count, struct error *err)
{
	struct template_set *set = alloc_zero(1, sizeof *set);

	set->pages = alloc_zero(count ? count : 1, sizeof *set->pages);
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(files[i].name);

		if (len < 6 || strcmp(files[i].name + len - 5, ".html") != 0)
			continue;
		struct template_page *page = &set->pages[set->count++];
		page->file = files[i].name;
		if (template_compile(page, files[i].text, err) < 0) {
			template_set_free(set);
			return NULL;
		}
	}
	for (size_t i = 0; i < set->count; i++)
		for (size_t n = 0; n < set->pages[i].count; n++) {
			struct template_node *node = &set->pages[i].nodes[n];

			if (node->kind != TEMPLATE_PARTIAL)
				continue;
			node->partial = template_find(set, node->text);
			if (node->partial < set->count)
				continue;
			error_set(err, ERROR_INTERNAL,
			    "templates/%s:%d: there is no template '%.*s.html'", set->pages[i].file,
			    node->line, (int)node->text.len, node->text.ptr);
			template_set_free(set);
			return NULL;
		}
	return set;
}

void template_set_free(struct template_set *set)
{
	for (size_t i = 0; set && i < set->count; i++)
		free(set->pages[i].nodes);
	if (set)
		free(set->pages);
	free(set);
}

size_t template_find(const struct template_set *set, struct slice name)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (strlen(set->pages[i].file) == name.len + 5 &&
		    memcmp(set->pages[i].file, name.ptr, name.len) == 0)
			break;
	return i;
}

/* ---- escaping ---- */

/* Characters that reorder or hide text, in UTF-8: U+200B-200F, U+202A-202E, U+2060-2069, U+FEFF. */
static unsigned hidden_character(const unsigned char *at, size_t left)
{
	unsigned code;

	if (left < 3 || at[0] < 0xE2)
		return 0;
	code = (unsigned)(at[0] & 0x0F) << 12 | (unsigned)(at[1] & 0x3F) << 6 | (at[2] & 0x3F);
	if (at[0] == 0xE2 &&
	    ((code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
		(code >= 0x2060 && code <= 0x2069)))
		return code;
	return at[0] == 0xEF && code == 0xFEFF ? code : 0;
}

static const char *entity(unsigned char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* Bytes that cannot be seen: ASCII's and, two bytes long, C1's control characters. */
static size_t control_length(const unsigned char *at, size_t left)
{
	if (at[0] == 0x7F || (at[0] < 0x20 && at[0] != '\t' && at[0] != '\n' && at[0] != '\r'))
		return 1;
	return at[0] == 0xC2 && left > 1 && at[1] < 0xA0 ? 2 : 0;
}

/* Writes what stands in for the character, and returns how many bytes it has; 0: it may stand. */
static size_t put_instead(struct text *out, const unsigned char *at, size_t left)
{
	const char *instead = entity(at[0]);
	unsigned hidden = hidden_character(at, left);
	size_t control = control_length(at, left);

	if (instead) {
		text_puts(out, instead);
		return 1;
	}
	if (hidden) {
		text_printf(out, "\\u%04x", hidden);
		return 3;
	}
	if (control)
		text_printf(out, "\\u%04x", at[control - 1]);
	return control;
}

void template_escape(struct text *out, const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes;
	size_t plain = 0; /* bytes seen and not yet written */

	for (size_t i = 0; i < len;) {
		unsigned char c = at[i];

		if (c > '>' && c < 0x7F) { /* most of what there is */
			i++, plain++;
			continue;
		}
		if (!entity(c) && !hidden_character(at + i, len - i) &&
		    !control_length(at + i, len - i)) {
			i++, plain++;
			continue;
		}
		text_add(out, bytes + i - plain, plain);
		plain = 0;
		i += put_instead(out, at + i, len - i);
	}
	text_add(out, bytes + len - plain, plain);
}

static void put_value(struct text *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		template_escape(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		text_printf(out, "%lld", (long long)json_integer_value(value));
		break;
	case JSON_REAL:
		text_printf(out, "%.10g", json_real_value(value));
		break;
	case JSON_TRUE:
		text_puts(out, "true");
		break;
	default: /* false, null and what has no text of its own */
		break;
	}
}

/* ---- names ---- */

static const json_t *member(const json_t *object, struct slice name)
{
	char key[128];

	if (!json_is_object(object) || !name.ptr || name.len >= sizeof key)
		return NULL;
	memcpy(key, name.ptr, name.len);
	key[name.len] = '\0';
	return json_object_get(object, key);
}

/* The first part of a dotted name is looked for from the innermost context outward, the rest in
 * what was found. */
static const json_t *lookup(const struct rendering *r, struct slice name)
{
	const json_t *found = NULL;
	size_t first = 0;

	if (slice_is(name, "."))
		return r->contexts[r->context_count - 1];
	while (first < name.len && name.ptr[first] != '.')
		first++;
	for (int i = r->context_count - 1; i >= 0 && !found; i--)
		found = member(r->contexts[i], (struct slice){ name.ptr, first });
	while (found && first < name.len) {
		size_t from = ++first;

		while (first < name.len && name.ptr[first] != '.')
			first++;
		found = member(found, (struct slice){ name.ptr + from, first - from });
	}
	return found;
}

static bool is_true(const json_t *value)
{
	if (!value)
		return false;
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_INTEGER:
		return json_integer_value(value) != 0;
	case JSON_REAL:
		return json_real_value(value) < 0 || json_real_value(value) > 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_FALSE:
	case JSON_NULL:
		return false;
	default:
		return true;
	}
}

/* ---- nodes ---- */

static int render(struct rendering *r, const struct template_page *page, size_t from, size_t to);

static void begin_line(struct rendering *r)
{
	for (int i = 0; r->line_begins && i < r->partial_count; i++)
		text_add(r->out, r->indents[i].ptr, r->indents[i].len);
	r->line_begins = false;
}

static void template_put_text(struct rendering *r, struct slice text)
{
	while (text.len) {
		const char *newline = memchr(text.ptr, '\n', text.len);
		size_t len = newline ? (size_t)(newline - text.ptr) + 1 : text.len;

		begin_line(r);
		text_add(r->out, text.ptr, len);
		r->line_begins = newline != NULL;
		text = (struct slice){ text.ptr + len, text.len - len };
	}
}

static int too_deep(
    struct rendering *r, const struct template_page *page, const struct template_node *node)
{
	return error_set(
	    r->err, ERROR_INTERNAL, "templates/%s:%d: nested too deeply", page->file, node->line);
}

static int render_within(
    struct rendering *r, const struct template_page *page, size_t section, const json_t *context)
{
	const struct template_node *node = &page->nodes[section];

	if (r->context_count == CONTEXTS_MAX)
		return too_deep(r, page, node);
	r->contexts[r->context_count++] = context;
	int result = render(r, page, section + 1, node->end);
	r->context_count--;
	return result;
}

static int render_section(struct rendering *r, const struct template_page *page, size_t section)
{
	const struct template_node *node = &page->nodes[section];
	const json_t *value = lookup(r, node->text);

	if (node->kind == TEMPLATE_INVERTED)
		return is_true(value) ? 0 : render(r, page, section + 1, node->end);
	if (!is_true(value))
		return 0;
	if (!json_is_array(value))
		return render_within(r, page, section, value);
	for (size_t i = 0; i < json_array_size(value); i++)
		if (render_within(r, page, section, json_array_get(value, i)) < 0)
			return -1;
	return 0;
}

static int render_partial(
    struct rendering *r, const struct template_page *page, const struct template_node *node)
{
	const struct template_page *partial = &r->set->pages[node->partial];

	if (r->partial_count == PARTIALS_MAX)
		return too_deep(r, page, node);
	r->indents[r->partial_count++] = node->indent;
	int result = render(r, partial, 0, partial->count);
	r->partial_count--;
	return result;
}

static int render(struct rendering *r, const struct template_page *page, size_t from, size_t to)
{
	int result = 0;

	for (size_t i = from; i < to && result == 0; i++) {
		const struct template_node *node = &page->nodes[i];
		const json_t *value;

		switch (node->kind) {
		case TEMPLATE_TEXT:
			template_put_text(r, node->text);
			break;
		case TEMPLATE_VALUE:
			begin_line(r);
			value = lookup(r, node->text);
			if (value)
				put_value(r->out, value);
			break;
		case TEMPLATE_PARTIAL:
			result = render_partial(r, page, node);
			break;
		default:
			result = render_section(r, page, i);
			i = node->end - 1;
		}
	}
	return result;
}

int template_render(const struct template_set *set, const char *name, const json_t *data,
    struct text *out, struct error *err)
{
	struct rendering r = { .set = set,
		.out = out,
		.contexts = { data },
		.context_count = 1,
		.line_begins = true,
		.err = err };
	size_t index = template_find(set, slice_of(name));

	if (index == set->count)
		return error_set(err, ERROR_INTERNAL, "there is no template '%.100s'", name);
	if (render(&r, &set->pages[index], 0, set->pages[index].count) < 0)
		return -1;
	if (text_failed(out))
		return error_set(
		    err, ERROR_INTERNAL, "the page '%.100s' is over %zu bytes", name, out->max);
	return 0;
}
