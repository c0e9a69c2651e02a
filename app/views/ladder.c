/*
 * Measures first, draws then: columns and boxes get their places, arrows go below the boxes, so
 * that one that passes a column goes behind it.  Units are CSS pixels of the picture at its full
 * width.
 */
#include "views/ladder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/text.h"

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
	const json_t *models, *tiers;
	struct box *boxes;
	size_t box_count;
	int *left, *width; /* of each column */
	int columns;
	int total_width, height;
	int bends; /* sideways arrows so far: each bends a little further out */
};

/* ---- text ---- */

static const char *read(const json_t *object, const char *member)
{
	const char *text = json_read_text(object, member);

	return text ? text : "";
}

/* At most so many letters, with an ellipsis for the rest; never cuts a letter of several bytes. */
static void set_cut(json_t *object, const char *member, const char *text, int most)
{
	AUTO_FREE char *copy = NULL;
	const char *end = text;
	int letters = 0;

	for (; *end && letters < most; letters++)
		for (end++; ((unsigned char)*end & 0xc0) == 0x80;)
			end++;
	copy = alloc_printf("%.*s%s", (int)(end - text), text, *end ? "\xe2\x80\xa6" : "");
	json_set_text(object, member, copy);
}

static void set_query(json_t *object, const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	AUTO_TEXT struct text query = text_empty(4096);

	for (; *text; text++)
		if (strchr(plain, *text))
			text_putc(&query, *text);
		else
			text_printf(&query, "%%%02X", (unsigned)(unsigned char)*text);
	json_set_text(object, "query", query.bytes);
}

__attribute__((format(printf, 3, 4))) static void set_printf(
    json_t *object, const char *member, const char *fmt, ...)
{
	char text[1200];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args); /* names are at most 256 bytes */
	va_end(args);
	json_set_text(object, member, text);
}

static json_t *rect(int x, int y, int width, int height)
{
	json_t *object = json_object();

	json_set_all(object, "x y width height", x, y, width, height);
	return object;
}

static void set_point(json_t *object, const char *name, int x, int y)
{
	char member[32];

	snprintf(member, sizeof member, "%s_x", name);
	json_set_int(object, member, x);
	snprintf(member, sizeof member, "%s_y", name);
	json_set_int(object, member, y);
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

static json_t *step_json(const struct drawing *d, int i)
{
	const json_t *tier = json_array_get(d->tiers, (size_t)i);
	int left = i ? d->left[i] - GAP / 2 : 0, y = floor_of(d, i);
	int right = i + 1 < d->columns ? d->left[i + 1] - GAP / 2 : d->total_width;
	const char *up_to = json_read_text(tier, "up_to_usd_per_million");
	json_t *step = rect(left, y, right - left, d->height - y);

	set_point(step, "name", d->left[i], y + 24);
	set_cut(step, "name", read(tier, "name"), NAME_MOST);
	if (up_to)
		set_printf(step, "up_to", "up to $%.20s", up_to);
	else
		json_set_text(step, "up_to", i ? "above" : "all prices");
	return step;
}

/* ---- boxes ---- */

static const char *dot_of(const json_t *deployment)
{
	const char *state = read(deployment, "state");

	if (!json_read_true(deployment, "usable") && strcmp(state, "cooling") != 0)
		return "off";
	return strcmp(state, "by_model") == 0 ? "ready" : state;
}

static void set_price(json_t *line, const json_t *deployment)
{
	if (json_read_true(deployment, "cooling"))
		set_printf(line, "price", "cooling %lld s",
		    (long long)json_read_int(deployment, "cooldown_seconds", 0));
	else if (json_read_true(deployment, "priced"))
		set_printf(line, "price", "$%.20s / $%.20s",
		    read(deployment, "input_usd_per_million"),
		    read(deployment, "output_usd_per_million"));
	else
		json_set_text(line, "price", "no price");
}

static json_t *line_json(const struct box *box, const json_t *deployment, int y)
{
	AUTO_FREE char *name =
	    alloc_printf("%s/%s", read(deployment, "provider"), read(deployment, "model"));
	json_t *line = json_object();

	set_printf(line, "title", "%.600s: %s", name, read(deployment, "state_words"));
	json_set_text(line, "dot", dot_of(deployment));
	set_point(line, "dot", box->x + 14, y - 4);
	set_point(line, "text", box->x + 25, y);
	set_cut(line, "text", name, MODEL_MOST);
	json_set_int(line, "price_x", box->x + COLUMN - 12);
	set_price(line, deployment);
	return line;
}

static json_t *box_json(const struct box *box)
{
	json_t *object = rect(box->x, box->y, COLUMN, box->height), *lines = json_array();
	const json_t *deployment;
	size_t i;

	set_point(object, "name", box->x + 10, box->y + 18);
	set_cut(object, "name", read(box->group, "name"), NAME_MOST);
	json_set_text(object, "title", read(box->group, "name"));
	set_query(object, read(box->group, "name"));
	json_array_foreach(json_object_get(box->group, "deployments"), i, deployment) json_append(
	    lines, line_json(box, deployment, box->y + BOX_HEAD + (int)i * BOX_LINE + 14));
	json_set(object, "lines", lines);
	return object;
}

/* ---- arrows ---- */

static struct box *box_named(const struct drawing *d, const char *name)
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

static void set_curve(json_t *arrow, int x1, int y1, int c1, int c2, int x2, int y2)
{
	set_printf(arrow, "path", "M%d %dC%d %d %d %d %d %d", x1, y1, c1, y1, c2, y2, x2, y2);
}

static void place_sideways(struct drawing *d, json_t *arrow, struct box *from, struct box *to)
{
	int x = from->x + COLUMN, bend = 26 + d->bends++ % 4 * 7;
	int y1 = port(from, from->leaving++, PORT_FIRST), y2 = port(to, to->arriving++, PORT_FIRST);

	set_curve(arrow, x, y1, x + bend, x + bend, x + 8, y2);
	set_printf(arrow, "tip", "M%d %dl8 -4.5v9z", x, y2);
}

static void place_downward(json_t *arrow, struct box *from, struct box *to)
{
	int x1 = from->x, x2 = to->x + COLUMN, half = GAP / 2;
	int y1 = port(from, from->leaving++, PORT_FIRST), y2 = port(to, to->arriving++, PORT_FIRST);

	set_curve(arrow, x1, y1, x1 - half, x2 + half + 8, x2 + 8, y2);
	set_printf(arrow, "tip", "M%d %dl8 -4.5v9z", x2, y2);
}

/* Stops at a cross before the dearer box; beside it stands how many times dearer it is. */
static void place_blocked(json_t *arrow, const json_t *chain, struct box *from, struct box *to)
{
	int x1 = from->x + COLUMN, x2 = to->x - 20, half = GAP / 2;
	int y1 = port(from, from->leaving++, PORT_FIRST);
	int y2 = port(to, to->arriving++, PORT_FIRST + 6);
	int64_t percent = json_read_int(chain, "price_percent", -1);

	set_curve(arrow, x1, y1, x1 + half, x2 - half, x2, y2);
	set_printf(arrow, "cross", "M%d %dl10 10m0 -10l-10 10", x2 - 1, y2 - 5);
	if (percent < 0)
		return;
	set_printf(arrow, "times", "\xc3\x97%lld.%lld", (long long)((percent + 5) / 100),
	    (long long)((percent + 5) % 100 / 10));
	set_point(arrow, "times", x2 + 12, y2 - 9);
}

static void set_title(json_t *arrow, const json_t *chain)
{
	int64_t percent = json_read_int(chain, "price_percent", -1);
	char price[64] = "";

	if (percent >= 0)
		snprintf(price, sizeof price, ", at %lld percent of the price", (long long)percent);
	set_printf(arrow, "title", "%.256s to %.256s: %s%s (%.40s)", read(chain, "group"),
	    read(chain, "target"), read(arrow, "kind"), price, read(chain, "list"));
}

static json_t *arrow_json(struct drawing *d, const json_t *chain)
{
	struct box *from = box_named(d, read(chain, "group"));
	struct box *to = box_named(d, read(chain, "target"));
	const char *direction = json_read_text(chain, "direction");
	json_t *arrow;

	if (!from || !to || from == to)
		return NULL;
	arrow = json_object();
	json_set_text(arrow, "kind",
	    to->tier > from->tier ? "blocked"
	    : direction           ? direction
				  : "unknown");
	set_title(arrow, chain);
	json_set_all(arrow, "tip cross times", json_null(), json_null(), json_null());
	if (to->tier > from->tier)
		place_blocked(arrow, chain, from, to);
	else if (to->tier == from->tier)
		place_sideways(d, arrow, from, to);
	else
		place_downward(arrow, from, to);
	return arrow;
}

/* ---- all of it ---- */

static json_t *drawing_json(struct drawing *d)
{
	json_t *root = rect(0, 0, d->total_width, d->height);
	json_t *steps = json_array(), *arrows = json_array(), *boxes = json_array(), *arrow;
	const json_t *chain;
	size_t i;

	for (int tier = 0; tier < d->columns; tier++)
		json_append(steps, step_json(d, tier));
	json_array_foreach(json_object_get(d->models, "chains"), i, chain)
	{
		arrow = arrow_json(d, chain);
		if (arrow)
			json_append(arrows, arrow);
	}
	for (i = 0; i < d->box_count; i++)
		json_append(boxes, box_json(&d->boxes[i]));
	json_set_all(root, "groups tiers arrow_count steps arrows boxes", (int64_t)d->box_count,
	    d->columns, (int64_t)json_array_size(arrows), steps, arrows, boxes);
	return root;
}

json_t *ladder_drawing(const json_t *models)
{
	struct drawing d = { .models = models,
		.tiers = json_object_get(models, "tiers"),
		.height = STEP_BASE + STEP_RISE };
	json_t *root;

	measure_columns(&d);
	place_boxes(&d);
	root = drawing_json(&d);
	free(d.boxes);
	free(d.left);
	free(d.width);
	return root;
}
