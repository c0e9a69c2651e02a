/*
 * From a template's text to its nodes.  A tag that stands alone on its line (sections, comments,
 * partials) takes the whole line with it, so that pages have no empty lines where a section was.
 */
#include "web/template_compile.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define SECTIONS_OPEN_MAX 32
#define NAME_BYTES_MAX    100

struct compiling {
	struct template_page *page;
	const char *at;
	const char *line_start; /* of the line that `at` is in */
	int line;
	size_t open[SECTIONS_OPEN_MAX];
	size_t open_count;
};

struct tag {
	char sign;         /* one of # ^ / ! > or 0 for a value */
	struct slice name; /* without spaces around it */
	const char *start, *end;
	bool alone; /* on its line */
};

static int mistake(
    const struct compiling *c, const struct tag *tag, const char *what, struct error *err)
{
	return error_set(err, ERROR_INTERNAL, "templates/%s:%d: {{%.*s}}: %s", c->page->file,
	    c->line, (int)(tag->name.len > 60 ? 60 : tag->name.len), tag->name.ptr, what);
}

static struct template_node *add_node(
    struct compiling *c, enum template_kind kind, struct slice text)
{
	struct template_page *page = c->page;

	if (page->count == page->room) {
		page->room = page->room ? page->room * 2 : 32;
		page->nodes = alloc_grow(page->nodes, page->room, sizeof *page->nodes);
	}
	page->nodes[page->count] =
	    (struct template_node){ .kind = kind, .text = text, .line = c->line };
	return &page->nodes[page->count++];
}

static void template_compile_add_text(struct compiling *c, const char *from, const char *to)
{
	if (to > from)
		add_node(c, TEMPLATE_TEXT, (struct slice){ from, (size_t)(to - from) });
}

/* Moves on, counting lines. */
static void advance(struct compiling *c, const char *to)
{
	for (; c->at < to; c->at++)
		if (*c->at == '\n') {
			c->line++;
			c->line_start = c->at + 1;
		}
}

static struct slice trimmed(struct slice s)
{
	while (s.len && strchr(" \t\r\n", *s.ptr))
		s = (struct slice){ s.ptr + 1, s.len - 1 };
	while (s.len && strchr(" \t\r\n", s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool is_blank(const char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != ' ' && *from != '\t')
			return false;
	return true;
}

/* Where the line after a tag goes on when nothing but blanks follow it; NULL otherwise. */
static const char *blank_rest(const char *at)
{
	at += strspn(at, " \t");
	if (at[0] == '\r' && at[1] == '\n')
		return at + 2;
	if (at[0] == '\n')
		return at + 1;
	return at[0] ? NULL : at;
}

static bool is_name(struct slice name)
{
	if (slice_is(name, "."))
		return true;
	if (name.len == 0 || name.len > NAME_BYTES_MAX || name.ptr[0] == '.' ||
	    name.ptr[name.len - 1] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.",
			name.ptr[i]))
			return false;
	return true;
}

static int read_tag(struct compiling *c, const char *start, struct tag *out, struct error *err)
{
	const char *inside = start + 2, *close = strstr(inside, "}}");
	*out = (struct tag){ .start = start, .name = { inside, strcspn(inside, "}\n") } };
	if (!close)
		return mistake(c, out, "is not closed", err);
	out->name = (struct slice){ inside, (size_t)(close - inside) };
	out->end = close + 2;
	if (*inside == '!') {
		out->sign = '!';
	} else {
		if (*inside && strchr("{&=", *inside))
			return mistake(
			    c, out, "unescaped values and other delimiters are not offered", err);
		if (*inside && strchr("#^/>", *inside)) {
			out->sign = *inside;
			out->name = (struct slice){ inside + 1, out->name.len - 1 };
		}
		out->name = trimmed(out->name);
		if (!is_name(out->name))
			return mistake(c, out, "is no name", err);
	}
	out->alone = out->sign && is_blank(c->line_start, start) && blank_rest(out->end);
	return 0;
}

static int close_section(struct compiling *c, const struct tag *tag, struct error *err)
{
	if (c->open_count == 0)
		return mistake(c, tag, "closes a section that is not open", err);
	struct template_node *section = &c->page->nodes[c->open[--c->open_count]];
	if (section->text.len != tag->name.len ||
	    memcmp(section->text.ptr, tag->name.ptr, tag->name.len) != 0)
		return error_set(err, ERROR_INTERNAL,
		    "templates/%s:%d: {{/%.*s}} closes {{#%.*s}} of line %d", c->page->file,
		    c->line, (int)tag->name.len, tag->name.ptr, (int)section->text.len,
		    section->text.ptr, section->line);
	section->end = c->page->count;
	return 0;
}

static int open_section(struct compiling *c, const struct tag *tag, struct error *err)
{
	if (c->open_count == SECTIONS_OPEN_MAX)
		return mistake(c, tag, "too many sections within each other", err);
	c->open[c->open_count++] = c->page->count;
	add_node(c, tag->sign == '#' ? TEMPLATE_SECTION : TEMPLATE_INVERTED, tag->name);
	return 0;
}

static int take_tag(struct compiling *c, const struct tag *tag, struct error *err)
{
	switch (tag->sign) {
	case '#':
	case '^':
		return open_section(c, tag, err);
	case '/':
		return close_section(c, tag, err);
	case '>': {
		struct template_node *node = add_node(c, TEMPLATE_PARTIAL, tag->name);
		if (tag->alone)
			node->indent =
			    (struct slice){ c->line_start, (size_t)(tag->start - c->line_start) };
		return 0;
	}
	case '!':
		return 0;
	default:
		add_node(c, TEMPLATE_VALUE, tag->name);
		return 0;
	}
}

int template_compile(struct template_page *page, const char *text, struct error *err)
{
	struct compiling c = { .page = page, .at = text, .line_start = text, .line = 1 };
	const char *start;
	struct tag tag;

	while ((start = strstr(c.at, "{{"))) {
		const char *before = c.at;

		advance(&c, start);
		if (read_tag(&c, start, &tag, err) < 0)
			return -1;
		template_compile_add_text(&c, before,
		    tag.alone && c.line_start > before ? c.line_start
		    : tag.alone                        ? before
						       : start);
		if (take_tag(&c, &tag, err) < 0)
			return -1;
		advance(&c, tag.alone ? blank_rest(tag.end) : tag.end);
	}
	template_compile_add_text(&c, c.at, c.at + strlen(c.at));
	if (c.open_count > 0) {
		const struct template_node *section = &page->nodes[c.open[c.open_count - 1]];

		return error_set(err, ERROR_INTERNAL, "templates/%s:%d: {{#%.*s}} is not closed",
		    page->file, section->line, (int)section->text.len, section->text.ptr);
	}
	return 0;
}
