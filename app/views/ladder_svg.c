/*
 * Measures first, draws then: columns and boxes get their places, arrows go below the boxes, so
 * that one that passes a column goes behind it.  Units are CSS pixels of the picture at its full
 * width.
 */
#include "views/ladder_svg.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_read.h"

#include "base/banned.h"

#define MARGIN     16
#define COLUMN     318 /* a box with a model's name of 24 letters and two prices beside it */
#define EMPTY      150 /* a step that nothing stands on */
#define GAP        92  /* between columns: room for arrows */
#define STEP_BASE  40  /* thickness of the lowest step, with its name in it */
#define STEP_RISE  52
#define BOX_HEAD   26
#define BOX_LINE   20
#define BOX_FOOT   8
#define BOX_GAP    16
#define NAME_MOST  30 /* letters that fit beside nothing */
#define MODEL_MOST 25 /* letters that fit beside two prices */
#define PORT_FIRST 13 /* where the first arrow leaves a box, from its top */
#define PORT_STEP  7

struct box {
	const json_t *group;
	int tier;
	int x, y, height;
	int leaving, arriving; /* arrows so far */
};

struct drawing {
	struct text *out;
	const json_t *models, *tiers;
	struct box *boxes;
	size_t box_count;
	int *left, *width; /* of each column */
	int columns;
	int total_width, height;
	int bends; /* sideways arrows so far: each bends a little further out */
};

/* ---- text ---- */

static void put_escaped(struct text *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			text_puts(out, "&amp;");
			break;
		case '<':
			text_puts(out, "&lt;");
			break;
		case '>':
			text_puts(out, "&gt;");
			break;
		case '"':
			text_puts(out, "&quot;");
			break;
		case '\'':
			text_puts(out, "&#39;");
			break;
		default:
			if ((unsigned char)*text >= 0x20)
				text_putc(out, *text);
		}
	}
}

/* At most so many letters, with an ellipsis for the rest; never cuts a letter of several bytes. */
static void put_cut(struct text *out, const char *text, int most)
{
	const char *end = text;
	AUTO_FREE char *copy = NULL;
	int letters = 0;

	for (; *end && letters < most; letters++)
		for (end++; ((unsigned char)*end & 0xc0) == 0x80;)
			end++;
	copy = alloc_copy_bytes(text, (size_t)(end - text));
	put_escaped(out, copy);
	if (*end)
		text_puts(out, "\xe2\x80\xa6");
}

static void put_query(struct text *out, const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

	for (; *text; text++)
		if (strchr(plain, *text))
			text_putc(out, *text);
		else
			text_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
}

static const char *read(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

/* ---- measuring ---- */

static size_t line_count(const json_t *group)
{
	return json_array_size(json_object_get(group, "deployments"));
}

static int box_height(const json_t *group)
{
	size_t lines = line_count(group);

	return BOX_HEAD + (int)(lines > 5000 ? 5000 : lines) * BOX_LINE + BOX_FOOT;
}

static int stack_height(const json_t *groups)
{
	const json_t *group;
	int height = 0;
	size_t i;

	json_array_foreach((json_t *)groups, i, group) height += box_height(group) + BOX_GAP;
	return height;
}

static int floor_of(const struct drawing *d, int tier)
{
	return d->height - STEP_BASE - tier * STEP_RISE;
}

static void measure_columns(struct drawing *d)
{
	int x = MARGIN;

	d->columns = (int)json_array_size(d->tiers);
	d->left = alloc_zero((size_t)d->columns + 1, sizeof *d->left);
	d->width = alloc_zero((size_t)d->columns + 1, sizeof *d->width);
	for (int i = 0; i < d->columns; i++) {
		const json_t *groups =
		    json_object_get(json_array_get(d->tiers, (size_t)i), "groups");
		int needed = stack_height(groups) + STEP_BASE + i * STEP_RISE + MARGIN;

		d->left[i] = x;
		d->width[i] = json_array_size(groups) ? COLUMN : EMPTY;
		x += d->width[i] + GAP;
		d->box_count += json_array_size(groups);
		if (needed > d->height)
			d->height = needed;
	}
	d->total_width = x - GAP / 2 + MARGIN;
}

static void place_boxes(struct drawing *d)
{
	struct box *box = d->boxes = alloc_zero(d->box_count + 1, sizeof *d->boxes);

	for (int tier = 0; tier < d->columns; tier++) {
		const json_t *groups =
		    json_object_get(json_array_get(d->tiers, (size_t)tier), "groups");
		const json_t *group;
		int y = floor_of(d, tier) - stack_height(groups);
		size_t i;

		json_array_foreach((json_t *)groups, i, group)
		{
			*box = (struct box){ .group = group,
				.tier = tier,
				.x = d->left[tier],
				.y = y,
				.height = box_height(group) };
			y += box->height + BOX_GAP;
			box++;
		}
	}
}

/* ---- steps ---- */

static void draw_step(struct drawing *d, int i)
{
	const json_t *tier = json_array_get(d->tiers, (size_t)i);
	int left = i ? d->left[i] - GAP / 2 : 0, y = floor_of(d, i);
	int right = i + 1 < d->columns ? d->left[i + 1] - GAP / 2 : d->total_width;
	const char *up_to = json_string_value(json_object_get(tier, "up_to_usd_per_million"));

	text_printf(d->out, "<rect class=\"step\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
	    left, y, right - left, d->height - y);
	text_printf(
	    d->out, "<text class=\"step-name\" x=\"%d\" y=\"%d\"><tspan>", d->left[i], y + 24);
	put_cut(d->out, read(tier, "name"), NAME_MOST);
	text_puts(d->out, "</tspan> ");
	if (up_to) {
		text_puts(d->out, "up to $");
		put_escaped(d->out, up_to);
	} else {
		text_puts(d->out, i ? "above" : "all prices");
	}
	text_puts(d->out, "</text>");
}

/* ---- boxes ---- */

static const char *dot_class(const json_t *deployment)
{
	const char *state = read(deployment, "state");

	if (!json_is_true(json_object_get(deployment, "usable")) && strcmp(state, "cooling") != 0)
		return "off";
	return strcmp(state, "by_model") == 0 ? "ready" : state;
}

static void draw_price(struct drawing *d, const json_t *deployment, int right, int y)
{
	text_printf(
	    d->out, "<text class=\"price\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", right, y);
	if (json_is_true(json_object_get(deployment, "cooling"))) {
		text_printf(d->out, "cooling %lld s",
		    (long long)json_read_int(deployment, "cooldown_seconds", 0));
	} else if (json_is_true(json_object_get(deployment, "priced"))) {
		text_puts(d->out, "$");
		put_escaped(d->out, read(deployment, "input_usd_per_million"));
		text_puts(d->out, " / $");
		put_escaped(d->out, read(deployment, "output_usd_per_million"));
	} else {
		text_puts(d->out, "no price");
	}
	text_puts(d->out, "</text>");
}

static void draw_line(struct drawing *d, const struct box *box, const json_t *deployment, int y)
{
	AUTO_TEXT struct text name;

	text_init(&name, 4096);
	text_printf(
	    &name, "%.1000s/%.1000s", read(deployment, "provider"), read(deployment, "model"));
	text_puts(d->out, "<g><title>");
	put_escaped(d->out, name.bytes);
	text_puts(d->out, ": ");
	put_escaped(d->out, read(deployment, "state_words"));
	text_puts(d->out, "</title>");
	text_printf(d->out, "<circle class=\"dot %s\" cx=\"%d\" cy=\"%d\" r=\"4\"/>",
	    dot_class(deployment), box->x + 14, y - 4);
	text_printf(d->out, "<text class=\"line\" x=\"%d\" y=\"%d\">", box->x + 25, y);
	put_cut(d->out, name.bytes, MODEL_MOST);
	text_puts(d->out, "</text>");
	draw_price(d, deployment, box->x + COLUMN - 12, y);
	text_puts(d->out, "</g>");
}

static void draw_box(struct drawing *d, const struct box *box)
{
	const json_t *deployment;
	size_t i;

	text_puts(d->out, "<a href=\"?model=");
	put_query(d->out, read(box->group, "name"));
	text_printf(d->out,
	    "#dry-run\"><rect class=\"box\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
	    "rx=\"7\"/>",
	    box->x, box->y, COLUMN, box->height);
	text_printf(
	    d->out, "<text class=\"box-name\" x=\"%d\" y=\"%d\">", box->x + 10, box->y + 18);
	put_cut(d->out, read(box->group, "name"), NAME_MOST);
	text_puts(d->out, "</text></a>");
	json_array_foreach(json_object_get(box->group, "deployments"), i, deployment)
	    draw_line(d, box, deployment, box->y + BOX_HEAD + (int)i * BOX_LINE + 14);
}

/* ---- arrows ---- */

static struct box *box_named(struct drawing *d, const char *name)
{
	for (size_t i = 0; i < d->box_count; i++)
		if (strcmp(read(d->boxes[i].group, "name"), name) == 0)
			return &d->boxes[i];
	return NULL;
}

/* The height at which the nth arrow touches a box; beyond the box's foot they share the last. */
static int port(const struct box *box, int count, int first)
{
	int y = first + count * PORT_STEP;

	return box->y + (y < box->height - 6 ? y : box->height - 6);
}

static void draw_tip(struct drawing *d, int x, int y, int pointing)
{
	text_printf(d->out, "<path class=\"tip\" d=\"M%d %dl%d -4.5v9z\"/>", x, y, -8 * pointing);
}

static void draw_sideways(struct drawing *d, struct box *from, struct box *to)
{
	int x = from->x + COLUMN, bend = 26 + d->bends++ % 4 * 7;
	int y1 = port(from, from->leaving++, PORT_FIRST), y2 = port(to, to->arriving++, PORT_FIRST);

	text_printf(d->out, "<path class=\"line-of\" d=\"M%d %dC%d %d %d %d %d %d\"/>", x, y1,
	    x + bend, y1, x + bend, y2, x + 8, y2);
	draw_tip(d, x, y2, -1);
}

static void draw_downward(struct drawing *d, struct box *from, struct box *to)
{
	int x1 = from->x, x2 = to->x + COLUMN, half = GAP / 2;
	int y1 = port(from, from->leaving++, PORT_FIRST), y2 = port(to, to->arriving++, PORT_FIRST);

	text_printf(d->out, "<path class=\"line-of\" d=\"M%d %dC%d %d %d %d %d %d\"/>", x1, y1,
	    x1 - half, y1, x2 + half + 8, y2, x2 + 8, y2);
	draw_tip(d, x2, y2, -1);
}

/* Stops at a cross before the dearer box; "x 12.5" beside it says how much dearer. */
static void draw_blocked(struct drawing *d, const json_t *chain, struct box *from, struct box *to)
{
	int x1 = from->x + COLUMN, x2 = to->x - 20, half = GAP / 2;
	int y1 = port(from, from->leaving++, PORT_FIRST);
	int y2 = port(to, to->arriving++, PORT_FIRST + 6);
	int64_t percent = json_read_int(chain, "price_percent", -1);

	text_printf(d->out, "<path class=\"line-of\" d=\"M%d %dC%d %d %d %d %d %d\"/>", x1, y1,
	    x1 + half, y1, x2 - half, y2, x2, y2);
	text_printf(
	    d->out, "<path class=\"cross\" d=\"M%d %dl10 10m0 -10l-10 10\"/>", x2 - 1, y2 - 5);
	if (percent > 0)
		text_printf(d->out,
		    "<text class=\"times\" x=\"%d\" y=\"%d\" "
		    "text-anchor=\"end\">\xc3\x97%lld.%lld</text>",
		    x2 + 12, y2 - 9, (long long)(percent / 100), (long long)(percent % 100 / 10));
}

static void draw_arrow(struct drawing *d, const json_t *chain)
{
	struct box *from = box_named(d, read(chain, "group"));
	struct box *to = box_named(d, read(chain, "target"));
	const char *direction = json_read_text(chain, "direction");
	int64_t percent = json_read_int(chain, "price_percent", -1);

	if (!from || !to || from == to)
		return;
	if (to->tier > from->tier)
		direction = "blocked";
	else if (!direction)
		direction = "unknown";
	text_printf(d->out, "<g class=\"arrow %s\"><title>", direction);
	put_escaped(d->out, read(chain, "group"));
	text_puts(d->out, " to ");
	put_escaped(d->out, read(chain, "target"));
	text_printf(d->out, ": %s", direction);
	if (percent >= 0)
		text_printf(d->out, ", at %lld percent of the price", (long long)percent);
	text_puts(d->out, " (");
	put_escaped(d->out, read(chain, "list"));
	text_puts(d->out, ")</title>");
	if (to->tier > from->tier)
		draw_blocked(d, chain, from, to);
	else if (to->tier == from->tier)
		draw_sideways(d, from, to);
	else
		draw_downward(d, from, to);
	text_puts(d->out, "</g>");
}

/* ---- all of it ---- */

static void describe(struct drawing *d)
{
	text_printf(d->out,
	    "<svg class=\"ladder\" role=\"img\" aria-labelledby=\"ladder-title ladder-text\" "
	    "viewBox=\"0 0 %d %d\" width=\"%d\"><title id=\"ladder-title\">The ladder of "
	    "tiers</title>"
	    "<desc id=\"ladder-text\">%zu groups of models on %d tiers, the cheapest on the left, "
	    "and "
	    "%zu fallbacks between them. The tables below hold the same.</desc>",
	    d->total_width, d->height, d->total_width, d->box_count, d->columns,
	    json_array_size(json_object_get(d->models, "chains")));
}

void ladder_svg(struct text *out, const json_t *models)
{
	struct drawing d = { .out = out,
		.models = models,
		.tiers = json_object_get(models, "tiers"),
		.height = STEP_BASE + STEP_RISE };
	const json_t *chain;
	size_t i;

	measure_columns(&d);
	place_boxes(&d);
	describe(&d);
	for (int tier = 0; tier < d.columns; tier++)
		draw_step(&d, tier);
	json_array_foreach(json_object_get(models, "chains"), i, chain) draw_arrow(&d, chain);
	for (i = 0; i < d.box_count; i++)
		draw_box(&d, &d.boxes[i]);
	text_puts(out, "</svg>");
	free(d.boxes);
	free(d.left);
	free(d.width);
}
