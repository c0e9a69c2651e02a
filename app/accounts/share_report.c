/*
 * One round trip to the bank.  See shares.h for the rules, sql/bank/schema/money.sql for what the
 * bank does with it.
 *
 *	what lies idle leaves granted_nano here   then the bank is told; never the other way round
 *	sums go as they stand                     so one that is told twice, or after others, is
 *right the answer is written here                in one change with the report's number
 *
 * Whoever dies between two of these leaves a state that the next report sets right.
 */
#include <string.h>
#include <unistd.h>

#include "accounts/line.h"
#include "accounts/shares_state.h"
#include "accounts/till.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"

#include "base/banned.h"

#define TELL_MS     5000  /* for an answer; then it is asked again under the same number */
#define KEEP_MS     10000 /* a share that nobody uses is given back after this time */
#define OVER_MS     60000 /* a window that has ended may be asked for by a call that began before */
#define LINES_MOST  500   /* of one report */
#define LOSE_MS     10000 /* between two looks for machines that are lost */
#define FIRST_CALLS 4     /* that the first grant is for */

struct share_line {
	int64_t window_id, pot_id; /* 0: the bank's name is not known yet */
	int64_t limit, spent, held, granted, base, told, wanted, lost, ends_ms, starts_ms;
	bool was_told;
	const char *scope, *scope_id, *model, *period, *user;
	struct share_flow *flow; /* NULL: none is free */
	int64_t keeps;           /* of granted, when idle money has gone back */
	int64_t want, lacks;
};

struct share_lines {
	struct share_line *items; /* in the arena */
	size_t count;
};

/* ---- how much ---- */

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

/* What was used in the last second or more, and it fades as fast again. */
static void note_flow(struct share_flow *flow, const struct share_line *line, int64_t now_ms)
{
	int64_t used = line->spent + line->held, since_ms = now_ms - flow->at_ms, rate;

	if (since_ms < 1000)
		return;
	rate = flow->used_nano > 0 && used > flow->used_nano
		   ? (used - flow->used_nano) / (since_ms / 100) * 10
		   : 0;
	flow->rate_nano = rate > flow->rate_nano / 4 * 3 ? rate : flow->rate_nano / 4 * 3;
	if (rate)
		flow->grown_ms = now_ms;
	else if (now_ms - flow->grown_ms > KEEP_MS)
		flow->rate_nano = 0;
	flow->used_nano = used;
	flow->at_ms = now_ms;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t share_target(
    const struct share_teller *teller, const struct share_line *line, enum share_step step)
{
	int64_t target;

	if (step == STEP_CLOSING || line->flow->recalled || clock_wall_ms() > line->ends_ms)
		return 0;
	if (__builtin_mul_overflow(line->flow->rate_nano, teller->lasting_ms, &target))
		return INT64_MAX / 4;
	return target / 1000;
}

/* What of the share is kept, and of that what lies idle. */
static int64_t plan_kept(struct share_line *line, int64_t target)
{
	int64_t used = line->spent + line->held, idle = line->granted - used;

	line->keeps = line->granted;
	if (idle > 0 && idle > 2 * target + line->wanted)
		line->keeps = used + target + line->wanted;
	else if (idle > 0 && line->flow->recalled && line->wanted > idle)
		/* Pieces that are too small for a call make one together: the bank decides whose.
		 */
		line->keeps = used;
	return line->keeps - used;
}

/* What is lacked, and what is wanted. */
static void plan_line(const struct share_teller *teller, struct share_line *line,
    enum share_step step, int64_t now_ms)
{
	struct share_flow *flow = line->flow;
	int64_t target, idle;

	note_flow(flow, line, now_ms);
	target = share_target(teller, line, step);
	if (step == STEP_CLOSING)
		line->wanted = 0;
	idle = plan_kept(line, target);
	line->lacks = most(line->wanted - idle, 0);
	if (line->wanted == 0)
		line->lacks = 0;
	line->want = idle < target / 2 ? target - idle : 0;
	if (line->lacks && flow->recalled)
		line->want = line->lacks;
	else if (line->lacks)
		line->want =
		    most(line->want, most(FIRST_CALLS * line->lacks,
					 now_ms - flow->want_ms < 1000 ? 2 * flow->want_nano : 0));
	if (line->want) {
		flow->want_nano = line->want < INT64_MAX / 8 ? line->want : INT64_MAX / 8;
		flow->want_ms = now_ms;
	}
}

static bool is_worth_telling(const struct share_line *line)
{
	return !line->was_told || line->told != line->spent || line->want ||
	       line->granted != line->spent;
}

static bool share_is_over(const struct share_line *line)
{
	return line->was_told && line->told == line->spent && line->held == 0 &&
	       line->granted == line->spent && clock_wall_ms() > line->ends_ms &&
	       clock_wall_ms() - line->ends_ms > OVER_MS;
}

/* ---- reading ---- */

static void read_share_line(const struct statement *s, struct arena *arena, struct share_line *out)
{
	*out = (struct share_line){
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
	};
}

static int read_lines(struct share_teller *teller, enum share_step step, int64_t now_ms,
    struct arena *arena, struct share_lines *out, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(teller->store, err);
	struct statement *s = reader ? store_query(reader, SQL_SHARE_LIST, err) : NULL;
	struct change *ends = change_new();
	int result = -1;

	if (s)
		statement_bind_int(s, ":wanted_only", step == STEP_WANTED);
	while (s && (result = statement_step(s, err)) == 1) {
		struct share_line line, *place;

		read_share_line(s, arena, &line);
		if (share_is_over(&line)) {
			change_add(ends, SQL_SHARE_END);
			change_bind_int(ends, ":window_id", line.window_id);
			continue;
		}
		line.flow = flow_of(teller, line.window_id, now_ms);
		plan_line(teller, &line, step, now_ms);
		if (!is_worth_telling(&line))
			continue;
		place = arena_grow(arena, &out->items, &out->count, sizeof *place);
		*place = line;
	}
	store_reader_return(teller->store, reader);
	if (result == 0 && change_count(ends))
		result = store_apply(teller->store, ends, err);
	change_free(ends);
	return result;
}

static int read_machine(struct share_teller *teller, struct arena *arena, const char **out_id,
    int64_t *out_number, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(teller->store, err);
	struct statement *s = reader ? store_query(reader, SQL_MACHINE_OF, err) : NULL;
	int result = s ? statement_step(s, err) : -1;

	if (result == 1) {
		*out_id = arena_copy(arena, statement_text(s, 0));
		*out_number = statement_int(s, 1);
	}
	store_reader_return(teller->store, reader);
	return result == 1 ? 0
	       : result    ? -1
			   : error_set(err, ERROR_STORE, "this database belongs to no bank");
}

/* ---- before the bank is told ---- */

/* Idle money leaves what may be spent here. */
static int lower_shares(struct share_teller *teller, struct share_lines *lines, struct error *err)
{
	struct change *change = change_new();
	int result = 0, place = 0;

	for (size_t i = 0; i < lines->count; i++) {
		if (lines->items[i].keeps == lines->items[i].granted)
			continue;
		change_add(change, SQL_SHARE_LOWER);
		change_bind_int(change, ":granted_nano", lines->items[i].keeps);
		change_bind_int(change, ":window_id", lines->items[i].window_id);
	}
	if (change_count(change))
		result = store_apply(teller->store, change, err);
	for (size_t i = 0; i < lines->count && result == 0; i++)
		if (lines->items[i].keeps != lines->items[i].granted &&
		    change_rows(change, place++) == 0)
			lines->items[i].keeps = lines->items[i].granted; /* a call took it */
	change_free(change);
	return result;
}

#define NAME_COLUMNS 8

/* The bank's names of windows that it was not asked about before. */
static int name_pots(
    struct share_teller *teller, struct share_lines *lines, struct arena *arena, struct error *err)
{
	const char **columns[6], *values[NAME_COLUMNS];
	struct share_line **unnamed = arena_alloc(arena, (lines->count + 1) * sizeof *unnamed);
	int64_t *starts = arena_alloc(arena, (lines->count + 1) * sizeof *starts);
	int64_t *ends = arena_alloc(arena, (lines->count + 1) * sizeof *ends);
	struct change *change;
	struct bank_rows rows;
	size_t count = 0;
	int result;

	for (size_t c = 0; c < 6; c++)
		columns[c] = arena_alloc(arena, (lines->count + 1) * sizeof **columns);
	for (size_t i = 0; i < lines->count; i++) {
		struct share_line *line = &lines->items[i];
		const char *const names[] = { "money", line->scope, line->scope_id, line->model,
			line->period, line->user };

		if (line->pot_id)
			continue;
		for (size_t c = 0; c < 6; c++)
			columns[c][count] = names[c];
		starts[count] = line->starts_ms;
		ends[count] = line->ends_ms;
		unnamed[count++] = line;
	}
	if (!count)
		return 0;
	for (size_t c = 0; c < 6; c++)
		values[c] = bank_array_texts(columns[c], count, arena);
	values[6] = bank_array(starts, count, arena);
	values[7] = bank_array(ends, count, arena);
	if (bank_ask(teller->bank, BANK_SQL_POT_IDS, values, NAME_COLUMNS, TELL_MS, arena, &rows,
		err) != 0)
		return -1;
	change = change_new();
	for (size_t i = 0; i < rows.count; i++) {
		size_t place = (size_t)bank_int(&rows, i, 0) - 1;

		if (place >= count)
			continue;
		unnamed[place]->pot_id = bank_int(&rows, i, 1);
		change_add(change, SQL_SHARE_POT);
		change_bind_int(change, ":pot_id", unnamed[place]->pot_id);
		change_bind_int(change, ":window_id", unnamed[place]->window_id);
	}
	result = store_apply(teller->store, change, err);
	change_free(change);
	return result;
}

/* ---- telling ---- */

static const char *column_of(const struct share_lines *lines,
    int64_t (*value)(const struct share_line *line), struct arena *arena)
{
	int64_t *numbers = arena_alloc(arena, (lines->count + 1) * sizeof *numbers);

	for (size_t i = 0; i < lines->count; i++)
		numbers[i] = value(&lines->items[i]);
	return bank_array(numbers, lines->count, arena);
}

static int64_t pot_of(const struct share_line *line)
{
	return line->pot_id;
}
static int64_t limit_of(const struct share_line *line)
{
	return line->limit;
}
static int64_t spent_of(const struct share_line *line)
{
	return line->spent - line->base;
}
static int64_t lost_of(const struct share_line *line)
{
	return line->lost;
}
static int64_t kept_of(const struct share_line *line)
{
	return line->keeps - line->base;
}
static int64_t want_of(const struct share_line *line)
{
	return line->want;
}
static int64_t lack_of(const struct share_line *line)
{
	return line->lacks;
}

static int tell_bank(struct share_teller *teller, const char *machine, int64_t number,
    const struct share_lines *lines, struct arena *arena, struct bank_rows *out, struct error *err)
{
	static int64_t (*const columns[])(const struct share_line *) = { pot_of, limit_of, spent_of,
		lost_of, kept_of, want_of, lack_of };
	char host[65] = "";
	const char *values[4 + sizeof columns / sizeof columns[0]] = { machine, host,
		bank_number(number, arena), bank_number(teller->reach_ms, arena) };

	(void)gethostname(host, sizeof host - 1); /* too long: its beginning will do */
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		values[4 + i] = column_of(lines, columns[i], arena);
	return bank_ask(teller->bank, BANK_SQL_MACHINE_SETTLE, values,
	    sizeof values / sizeof values[0], TELL_MS, arena, out, err);
}

/* ---- the answer ---- */

/* What this file says of itself is older than what the bank has heard from it. */
static int become_another(struct share_teller *teller, struct error *err)
{
	struct change *change = change_new();
	int result;

	log_event(LOG_ERROR, "bank",
	    "this database was put back from a backup, or is a copy: from now on it is another "
	    "machine, and what the former one had is lost");
	change_add(change, SQL_MACHINE_RENEW);
	change_bind_text(change, ":id", digest_new_id().text);
	change_add(change, SQL_SHARE_RENEW);
	change_add(change, SQL_SHARE_RENEW_WINDOWS);
	result = store_apply(teller->store, change, err);
	change_free(change);
	teller->hurry = true;
	return result;
}

static struct share_line *line_of_pot(struct share_lines *lines, int64_t pot_id)
{
	for (size_t i = 0; i < lines->count; i++)
		if (lines->items[i].pot_id == pot_id)
			return &lines->items[i];
	return NULL;
}

struct pot_answer {
	int64_t granted, limit, spent;
	bool recalled;
};

static void take_answer(struct share_teller *teller, struct change *change,
    const struct share_line *line, const struct pot_answer *answer, bool told)
{
	int64_t granted = answer->granted + line->base, elsewhere = answer->spent - line->spent;
	bool helped = granted - line->spent - line->held >= line->wanted,
	     may_come = line->lacks <= answer->limit - answer->spent;

	change_add(change, SQL_SHARE_TAKE);
	change_bind_int(change, ":granted_nano", granted);
	change_bind_int(change, ":elsewhere_nano", most(elsewhere, 0));
	change_bind_int(change, ":window_id", line->window_id);
	change_add(change, SQL_SHARE_TOLD);
	if (told)
		change_bind_int(change, ":told_nano", line->spent);
	else
		change_bind_null(change, ":told_nano");
	/* Who waits for it here goes on waiting, and it is asked for again. */
	change_bind_int(change, ":wanted_nano",
	    helped || !may_come || !line_has_waiters(teller->store) ? line->wanted : -1);
	change_bind_int(change, ":window_id", line->window_id);
	line->flow->recalled = answer->recalled;
	if (line->wanted && (helped || !may_come))
		change_then(change, line_call);
	if (!told || (line->wanted && !helped && may_come))
		teller->hurry = true;
}

/* Others want what lies idle here: processes give it back first. */
static void call_back(struct share_teller *teller, const struct share_line *line)
{
	if (line->held > 0)
		till_recall(teller->store, line->window_id);
	if (line->granted > line->spent)
		teller->hurry = true;
}

static int take_answers(struct share_teller *teller, const char *machine, int64_t number,
    struct share_lines *lines, const struct bank_rows *rows, struct error *err)
{
	bool told = strcmp(bank_cell(rows, 0, 0), "told") == 0;
	struct change *change;
	int result;

	if (strcmp(bank_cell(rows, 0, 0), "stale") == 0)
		return become_another(teller, err);
	change = change_new();
	change_add(change, SQL_MACHINE_TOLD);
	change_bind_int(change, ":number", number);
	change_bind_text(change, ":id", machine);
	for (size_t i = 1; i < rows->count; i++) {
		const struct share_line *line = line_of_pot(lines, bank_int(rows, i, 1));
		const struct pot_answer answer = { bank_int(rows, i, 2), bank_int(rows, i, 3),
			bank_int(rows, i, 4), bank_int(rows, i, 6) != 0 };

		if (!line)
			continue;
		take_answer(teller, change, line, &answer, told);
		if (answer.recalled)
			call_back(teller, line);
	}
	result = store_apply(teller->store, change, err);
	change_free(change);
	return result;
}

/* ---- all of it ---- */

static int tell_some(struct share_teller *teller, struct share_lines *lines, struct error *err)
{
	AUTO_ARENA struct arena arena;
	const char *machine = NULL;
	struct bank_rows rows;
	int64_t number = 0;

	arena_init(&arena);
	if (read_machine(teller, &arena, &machine, &number, err) != 0 ||
	    lower_shares(teller, lines, err) != 0 || name_pots(teller, lines, &arena, err) != 0 ||
	    tell_bank(teller, machine, number + 1, lines, &arena, &rows, err) != 0)
		return -1;
	if (rows.count == 0)
		return error_set(err, ERROR_STORE, "the bank gave no answer to a report");
	return take_answers(teller, machine, number + 1, lines, &rows, err);
}

static int look_for_lost(struct share_teller *teller, int64_t now_ms, struct error *err)
{
	AUTO_ARENA struct arena arena;
	struct bank_rows rows;

	arena_init(&arena);
	if (now_ms - teller->losing_ms < LOSE_MS)
		return 0;
	if (bank_ask(teller->bank, BANK_SQL_MACHINES_LOSE, NULL, 0, TELL_MS, &arena, &rows, err) !=
	    0)
		return -1;
	for (size_t i = 0; i < rows.count; i++)
		log_event(LOG_ERROR, "bank",
		    "nothing is heard of the machine %.80s: what it had is charged as lost, until "
		    "it comes back",
		    bank_cell(&rows, i, 0));
	teller->losing_ms = rows.count ? 0 : now_ms; /* there may be more of them */
	return 0;
}

int share_tell(struct share_teller *teller, enum share_step step, struct error *err)
{
	struct share_lines lines = { .count = 0 };
	AUTO_ARENA struct arena arena;
	int64_t now_ms = clock_real_ms();

	arena_init(&arena);
	teller->hurry = false;
	if (read_lines(teller, step, now_ms, &arena, &lines, err) != 0)
		return -1;
	for (size_t i = 0; i < lines.count; i += LINES_MOST) {
		struct share_lines some = { lines.items + i,
			lines.count - i < LINES_MOST ? lines.count - i : LINES_MOST };

		if (tell_some(teller, &some, err) != 0)
			return -1;
	}
	return step == STEP_ALL ? look_for_lost(teller, now_ms, err) : 0;
}
