/*
 * Drawing a simulation.  See the header.
 */
#include "simulate/simulation_svg.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"

#include "base/banned.h"

#define WIDTH   960
#define HEIGHT  420
#define LEFT    70
#define RIGHT   80
#define TOP     60
#define BOTTOM  70
#define PLOT_W  (WIDTH - LEFT - RIGHT)
#define PLOT_H  (HEIGHT - TOP - BOTTOM)
#define SVG_MAX ((size_t)4 << 20)
#define COLOURS 6
#define HOUR_MS INT64_C(3600000)

struct picture {
	struct text svg;
	const struct simulation *shown, *against;
	int64_t most_step_nano, most_total_nano;
};

static int64_t total_of(const struct simulation *simulation)
{
	return simulation ? simulation->total.cost_nano : 0;
}

static double across(const struct picture *picture, int64_t at_ms)
{
	const struct simulation *shown = picture->shown;
	int64_t span = shown->until_ms - shown->from_ms;

	at_ms = at_ms < shown->from_ms ? shown->from_ms : at_ms;
	at_ms = at_ms > shown->until_ms ? shown->until_ms : at_ms;
	return LEFT + (double)(at_ms - shown->from_ms) * PLOT_W / (double)span;
}

static double down(int64_t nano, int64_t most_nano)
{
	return TOP + PLOT_H - (double)nano * PLOT_H / (double)(most_nano ? most_nano : 1);
}

static void head(struct picture *picture)
{
	const struct simulation *shown = picture->shown;

	text_printf(&picture->svg,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "font-family=\"system-ui,sans-serif\" font-size=\"12\">\n<title>%s spent from %s to "
	    "%s</title>\n",
	    WIDTH, HEIGHT, number_dollars(shown->total.cost_nano).text,
	    clock_iso(shown->from_ms).text, clock_iso(shown->until_ms).text);
	text_puts(&picture->svg,
	    "<style>.p{fill:#fff}text{fill:#222}.f{stroke:#ccc}.o{fill:#d33;fill-opacity:.12}.t{"
	    "fill:none;stroke:#222;stroke-width:2}.a{fill:none;stroke:#b00;stroke-width:2;stroke-"
	    "dasharray:6 "
	    "4}.c0{fill:#3569c9}.c1{fill:#d9822b}.c2{fill:#2f9e6e}.c3{fill:#8e5bc0}.c4{fill:#"
	    "c2457a}.c5{fill:#7a7a7a}@media(prefers-color-scheme:dark){.p{fill:#15171a}text{fill:#"
	    "ddd}.f{stroke:#444}.t{stroke:#eee}.a{stroke:#f77}}</style>\n");
	text_printf(
	    &picture->svg, "<rect class=\"p\" width=\"%d\" height=\"%d\"/>\n", WIDTH, HEIGHT);
}

/* Names come from settings and logs. */
static void put_name(struct picture *picture, const char *name)
{
	for (; *name; name++)
		switch (*name) {
		case '<':
			text_puts(&picture->svg, "&lt;");
			break;
		case '&':
			text_puts(&picture->svg, "&amp;");
			break;
		default:
			text_putc(&picture->svg, (unsigned char)*name < 0x20 ? '?' : *name);
		}
}

static void legend(struct picture *picture)
{
	const struct simulation *shown = picture->shown;
	int x = LEFT;

	for (size_t i = 0; i < shown->group_count && i < COLOURS; i++) {
		text_printf(&picture->svg,
		    "<rect class=\"c%zu\" x=\"%d\" y=\"16\" width=\"12\" height=\"12\"/><text "
		    "x=\"%d\" y=\"26\">",
		    i, x, x + 17);
		put_name(picture, shown->groups[i].name);
		text_puts(&picture->svg, "</text>\n");
		x += 140;
	}
	text_printf(&picture->svg,
	    "<text x=\"%d\" y=\"46\">bars: by the hour (left); line: in all, %s (right)", LEFT,
	    number_dollars(total_of(shown)).text);
	if (picture->against)
		text_printf(&picture->svg, "; dashed: with the other settings, %s",
		    number_dollars(total_of(picture->against)).text);
	text_puts(&picture->svg, "</text>\n");
}

static void outages(struct picture *picture)
{
	for (size_t i = 0; i < picture->shown->outage_count; i++) {
		const struct outage *outage = &picture->shown->outages[i];
		double from = across(picture, outage->from_ms),
		       until = across(picture, outage->until_ms);

		text_printf(&picture->svg,
		    "<rect class=\"o\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n", from,
		    TOP, until - from, PLOT_H);
	}
}

static void frame(struct picture *picture)
{
	const struct simulation *shown = picture->shown;
	int64_t hours = (shown->until_ms - shown->from_ms) / HOUR_MS;
	int64_t gap = hours <= 24 ? 3 : hours <= 96 ? 12 : 24 * (hours / 240 + 1);

	for (int i = 0; i <= 4; i++) {
		int y = TOP + PLOT_H - PLOT_H * i / 4;

		text_printf(&picture->svg,
		    "<line class=\"f\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/><text x=\"%d\" "
		    "y=\"%d\" text-anchor=\"end\">%s</text><text x=\"%d\" y=\"%d\">%s</text>\n",
		    LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4,
		    number_dollars(picture->most_step_nano * i / 4).text, WIDTH - RIGHT + 6, y + 4,
		    number_dollars(picture->most_total_nano * i / 4).text);
	}
	for (int64_t hour = 0; hour <= hours; hour += gap) {
		int64_t at_ms = shown->from_ms + hour * HOUR_MS;

		text_printf(&picture->svg,
		    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.5s %.5s</text>\n",
		    across(picture, at_ms), HEIGHT - BOTTOM + (hour / gap % 2 ? 34 : 18),
		    clock_iso(at_ms).text + 5, clock_iso(at_ms).text + 11);
	}
}

static void bars(struct picture *picture)
{
	const struct simulation *shown = picture->shown;
	double width = (double)PLOT_W / (double)shown->step_count;

	for (size_t step = 0; step < shown->step_count; step++) {
		int64_t below = 0;

		for (size_t group = 0; group < shown->group_count; group++) {
			int64_t cost = shown->steps[step].group_cost_nano[group];
			double top = down(below + cost, picture->most_step_nano);

			if (cost == 0)
				continue;
			text_printf(&picture->svg,
			    "<rect class=\"c%zu\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			    "height=\"%.1f\"/>\n",
			    group < COLOURS ? group : COLOURS - 1, LEFT + width * (double)step, top,
			    width > 2 ? width - 1 : width,
			    down(below, picture->most_step_nano) - top);
			below += cost;
		}
	}
}

static void line(struct picture *picture, const struct simulation *simulation, const char *class)
{
	int64_t sum = 0;

	text_printf(&picture->svg, "<polyline class=\"%s\" points=\"", class);
	for (size_t step = 0; step < simulation->step_count; step++) {
		sum += simulation->steps[step].cost_nano;
		text_printf(&picture->svg, "%.1f,%.1f ",
		    across(picture, simulation->from_ms + (int64_t)(step + 1) * HOUR_MS),
		    down(sum, picture->most_total_nano));
	}
	text_puts(&picture->svg, "\"/>\n");
}

char *simulation_svg(const struct simulation *simulation, const struct simulation *against)
{
	struct picture picture = { .shown = simulation, .against = against };

	for (size_t i = 0; i < simulation->step_count; i++)
		if (simulation->steps[i].cost_nano > picture.most_step_nano)
			picture.most_step_nano = simulation->steps[i].cost_nano;
	picture.most_total_nano =
	    total_of(simulation) > total_of(against) ? total_of(simulation) : total_of(against);
	text_init(&picture.svg, SVG_MAX);
	head(&picture);
	legend(&picture);
	outages(&picture);
	frame(&picture);
	bars(&picture);
	line(&picture, simulation, "t");
	if (against)
		line(&picture, against, "a");
	text_puts(&picture.svg, "</svg>\n");
	return text_take(&picture.svg);
}
