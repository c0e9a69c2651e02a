/*
 * What is told of each window and limit, and what is wanted of it.  See shares.h.
 */
#include <string.h>

#include "accounts/line.h"
#include "accounts/shares_state.h"
#include "accounts/window.h"
#include "base/clock.h"

#include "base/banned.h"

#define KEEP_MS     10000 /* a share that nobody uses is given back after this time */
#define OVER_MS     60000 /* a window that has ended may be asked for by a call that began before */
#define TAKE_MS     500   /* for a call that was called to take what was given for it */
#define HELD_TIMES  8
#define FIRST_CALLS 4 /* that the first grant is for, where no more wait */

static const struct share_statements of_window = { SQL_SHARE_POT, SQL_SHARE_LOWER, SQL_SHARE_TAKE,
	SQL_SHARE_END, ":granted_nano", ":wanted_nano" },
				     of_limit = { SQL_LIMIT_SHARE_POT, SQL_LIMIT_SHARE_LOWER,
					     SQL_LIMIT_SHARE_TAKE, SQL_LIMIT_SHARE_END, ":granted",
					     ":wanted" };

const struct share_statements *share_statements_of(const struct share_line *line)
{
	return line->window_id ? &of_window : &of_limit;
}

void share_add_for(struct change *change, enum sql_name name, const struct share_line *line)
{
	change_add(change, name);
	if (line->window_id) {
		change_bind_int(change, ":window_id", line->window_id);
		return;
	}
	change_bind_text(change, ":kind", line->kind);
	change_bind_text(change, ":scope", line->scope);
	change_bind_text(change, ":scope_id", line->scope_id);
}

/* ---- how much ---- */

/* id: of a window, or below 0 of a limit's name. */
static struct share_flow *flow_of(struct share_teller *teller, int64_t window_id, int64_t now_ms)
{
	struct share_flow *oldest = NULL;

	for (size_t i = 0; i < 8; i++) {
		struct share_flow *flow =
		    &teller->flows[((uint64_t)window_id + i) & (SHARE_FLOWS - 1)];

		if (flow->window_id == window_id)
			return flow;
		if (!oldest || flow->at_ms < oldest->at_ms)
			oldest = flow;
	}
	*oldest = (struct share_flow){ .window_id = window_id, .at_ms = now_ms };
	return oldest;
}

/* What was spent in a second, and the most that was held; both fade: half in seven seconds.  What
 * is held jumps with the leases of processes, so that its growth says little. */
static void note_flow(struct share_flow *flow, const struct share_line *line, int64_t now_ms)
{
	int64_t used = line->spent + line->held, since_ms = now_ms - flow->at_ms, rate = 0;

	flow->held_nano = more_of(flow->held_nano, line->held);
	if (since_ms < 1000)
		return;
	if (flow->used_nano > 0)
		rate = more_of(line->spent - flow->spent_nano, 0) / (since_ms / 100) * 10;
	flow->rate_nano = more_of(rate, flow->rate_nano / 10 * 9);
	flow->held_nano = more_of(line->held, flow->held_nano / 10 * 9);
	if (used > flow->used_nano)
		flow->grown_ms = now_ms;
	else if (now_ms - flow->grown_ms > KEEP_MS)
		flow->rate_nano = flow->held_nano = 0;
	flow->used_nano = used;
	flow->spent_nano = line->spent;
	flow->at_ms = now_ms;
}

static void follow_flow(struct share_flow *flow, const struct share_flow *former, int64_t now_ms)
{
	flow->rate_nano = former->rate_nano;
	flow->held_nano = former->held_nano;
	flow->grown_ms = now_ms;
}

static int64_t share_target(
    const struct share_teller *teller, const struct share_line *line, enum share_step step)
{
	int64_t target;

	if (step == STEP_CLOSING || line->flow->recalled || clock_wall_ms() > line->ends_ms)
		return 0;
	if (!line->window_id) /* of a limit the minute that runs says what is needed */
		return line->held / 2;
	if (__builtin_mul_overflow(line->flow->rate_nano, teller->lasting_ms, &target))
		return INT64_MAX / 4;
	/* A lease is a twentieth of the share at most, and is to hold what calls of a second need.
	 */
	return target / 1000 + HELD_TIMES * line->flow->held_nano;
}

/* What is to lie idle, beyond what calls that wait lack. */
static int64_t idle_of(const struct share_flow *flow, int64_t idle, int64_t target, int64_t now_ms)
{
	int64_t since_ms = now_ms - more_of(flow->want_ms, flow->grown_ms);

	if (flow->recalled) /* what was given just now is for a call that is about to take it */
		return now_ms - flow->want_ms < TAKE_MS ? flow->want_nano : 0;
	if (since_ms > KEEP_MS || (target > 0 && idle / 4 > target))
		return target;
	return idle;
}

/* What of the share is kept, and of that what lies idle. */
static int64_t plan_kept(
    struct share_line *line, enum share_step step, int64_t target, int64_t now_ms)
{
	int64_t used = line->spent + line->held, idle = line->granted - used, kept;

	line->keeps = line->granted;
	if (idle <= 0)
		return idle;
	kept = step == STEP_CLOSING ? 0 : idle_of(line->flow, idle, target, now_ms) + line->wanted;
	/* Pieces that are too small for a call make one together: the bank decides whose. */
	if (line->flow->recalled && line->wanted > idle)
		kept = 0;
	if (kept < idle)
		line->keeps = used + kept;
	return line->keeps - used;
}

static int64_t first_calls(const struct share_teller *teller)
{
	return more_of(FIRST_CALLS, line_waiters(teller->store));
}

/* What is lacked, and what is wanted. */
static void plan_line(
    struct share_teller *teller, struct share_line *line, enum share_step step, int64_t now_ms)
{
	struct share_flow *flow = line->flow;
	int64_t target, idle;

	note_flow(flow, line, now_ms);
	if (line->former_id) /* it will be used as the one before it is */
		follow_flow(flow, flow_of(teller, line->former_id, now_ms), now_ms);
	target = share_target(teller, line, step);
	if (step == STEP_CLOSING)
		line->wanted = 0;
	idle = plan_kept(line, step, target, now_ms);
	line->lacks = more_of(line->wanted - idle, 0);
	if (line->wanted == 0)
		line->lacks = 0;
	line->want = idle < target / 4 * 3 ? target - idle : 0;
	if (line->lacks && flow->recalled)
		line->want = line->lacks;
	else if (line->lacks)
		line->want = more_of(
		    line->want, more_of(first_calls(teller) * line->lacks,
				    now_ms - flow->want_ms < 1000 ? 2 * flow->want_nano : 0));
	if (line->want) {
		flow->want_nano = line->want < INT64_MAX / 8 ? line->want : INT64_MAX / 8;
		flow->want_ms = now_ms;
	}
}

static bool is_worth_telling(const struct share_line *line)
{
	return !line->was_told || line->unsure || line->told != line->spent || line->want ||
	       line->granted != line->spent;
}

static bool share_is_over(const struct share_line *line)
{
	if (!line->window_id)
		return !line->granted && !line->held && !line->wanted;
	return line->was_told && !line->unsure && line->told == line->spent && line->held == 0 &&
	       line->granted == line->spent && clock_wall_ms() > line->ends_ms &&
	       clock_wall_ms() - line->ends_ms > OVER_MS;
}

/* ---- the next window ---- */

static bool ends_soon(const struct share_teller *teller, const struct share_line *line)
{
	int64_t left_ms = line->ends_ms - clock_wall_ms(),
		half_ms = (line->ends_ms - line->starts_ms) / 2;

	return line->window_id && !line->has_next && line->flow->rate_nano > 0 && left_ms > 0 &&
	       left_ms < half_ms && left_ms < teller->lasting_ms;
}

int share_open_next(struct share_teller *teller, const struct share_lines *lines, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();
	int result = 0;

	for (size_t i = 0; i < lines->count; i++) {
		const struct share_line *line = &lines->items[i];
		struct window next;

		/* A window that ends at another time than the calendar's is followed by one that
		 * began before. */
		if (!ends_soon(teller, line) ||
		    window_at(line->period, teller->timezone, line->ends_ms, &next, NULL) != 0 ||
		    next.starts_ms != line->ends_ms)
			continue;
		change_add(change, SQL_SHARE_NEXT_WINDOW);
		change_bind_int(change, ":window_id", line->window_id);
		change_bind_int(change, ":ends_ms", next.ends_ms);
	}
	if (change_count(change))
		result = store_apply(teller->store, change, err);
	return result;
}

/* ---- reading ---- */

static void read_share_line(const struct statement *s, struct arena *arena, struct share_line *out)
{
	*out = (struct share_line){
		.kind = "money",
		.window_id = statement_int(s, 0),
		.pot_id = statement_int(s, 1),
		.limit = statement_int(s, 2),
		.spent = statement_int(s, 3),
		.held = statement_int(s, 4),
		.granted = statement_int(s, 5),
		.base = statement_int(s, 6),
		.was_told = !statement_is_null(s, 7),
		.told = statement_int(s, 7),
		.wanted = statement_int(s, 8),
		.lost = statement_int(s, 9),
		.ends_ms = statement_int(s, 10),
		.scope = arena_copy(arena, statement_text(s, 11)),
		.scope_id = arena_copy(arena, statement_text(s, 12)),
		.model = arena_copy(arena, statement_text(s, 13)),
		.period = arena_copy(arena, statement_text(s, 14)),
		.user = arena_copy(arena, statement_text(s, 15)),
		.starts_ms = statement_int(s, 16),
		.unsure = statement_int(s, 17) != 0,
		.has_next = statement_int(s, 18) != 0,
		.former_id = statement_int(s, 19),
	};
}

static void read_limit_line(const struct statement *s, struct arena *arena, struct share_line *out)
{
	*out = (struct share_line){
		.kind = arena_copy(arena, statement_text(s, 0)),
		.scope = arena_copy(arena, statement_text(s, 1)),
		.scope_id = arena_copy(arena, statement_text(s, 2)),
		.limit = statement_int(s, 3),
		.granted = statement_int(s, 4),
		.pot_id = statement_int(s, 5),
		.wanted = statement_int(s, 6),
		.held = statement_int(s, 7),
		.was_told = true,
		.model = "",
		.period = "",
		.user = "",
		.ends_ms = INT64_MAX,
	};
}

/* A flow is told from others by this. */
static int64_t flow_id(const struct share_line *line)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	const char *const names[] = { line->kind, line->scope, line->scope_id };

	if (line->window_id)
		return line->window_id;
	for (size_t i = 0; i < 3; i++)
		for (const char *c = names[i]; *c; c++)
			hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	return -(int64_t)(hash >> 1) - 1;
}

struct share_reading {
	struct share_teller *teller;
	enum share_step step;
	int64_t now_ms;
	struct arena *arena;
	struct share_lines *lines;
	struct change *ends;
};

static void share_take_line(const struct share_reading *r, struct share_line line)
{
	if (!r->teller->unanswered && share_is_over(&line)) {
		share_add_for(r->ends, share_statements_of(&line)->end, &line);
		return;
	}
	line.flow = flow_of(r->teller, flow_id(&line), r->now_ms);
	plan_line(r->teller, &line, r->step, r->now_ms);
	if (r->teller->unanswered || is_worth_telling(&line))
		*(struct share_line *)arena_grow(
		    r->arena, &r->lines->items, &r->lines->count, sizeof line) = line;
}

static int read_some(const struct share_reading *r, enum sql_name name,
    void (*read)(const struct statement *s, struct arena *arena, struct share_line *out),
    struct error *err)
{
	AUTO_READ struct statement *s = store_read(r->teller->store, name, err);
	int result;

	statement_bind_int(s, ":wanted_only", r->step == STEP_WANTED);
	if (name == SQL_LIMIT_SHARE_LIST)
		statement_bind_int(s, ":second", clock_wall_ms() / 1000);
	else
		statement_bind_int(s, ":now_ms", clock_wall_ms());
	while ((result = statement_step(s, err)) == 1) {
		struct share_line line;

		read(s, r->arena, &line);
		share_take_line(r, line);
	}
	return result;
}

int share_read_lines(struct share_teller *teller, enum share_step step, int64_t now_ms,
    struct arena *arena, struct share_lines *out, struct error *err)
{
	const struct share_reading r = { teller, step, now_ms, arena, out, change_new() };
	int result = read_some(&r, SQL_SHARE_LIST, read_share_line, err);

	if (result == 0)
		result = read_some(&r, SQL_LIMIT_SHARE_LIST, read_limit_line, err);
	if (result == 0 && change_count(r.ends))
		result = store_apply(teller->store, r.ends, err);
	change_free(r.ends);
	return result;
}
