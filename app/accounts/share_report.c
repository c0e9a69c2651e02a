/*
 * One round trip to the bank.  See shares.h for the rules, sql/bank/schema/money.sql for what the
 * bank does with it.
 *
 *	what lies idle leaves granted_nano here   then the bank is told; never the other way round
 *	sums go as they stand                     so one that is told twice, or after others, is
 *right the answer is written here                in one change with the report's number
 *
 * Whoever dies between two of these leaves a state that the next report sets right: while a report
 * has no answer the machine has its mark (next_mark), and then all lines are told, also those that
 * seem to have nothing new, because what left them may not have come there.
 */
#include <string.h>
#include <unistd.h>

#include "accounts/line.h"
#include "accounts/rate_book.h"
#include "accounts/shares_state.h"
#include "accounts/till.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"

#include "base/banned.h"

#define TELL_MS    5000  /* for an answer; then it is asked again under the same number */
#define LINES_MOST 500   /* of one report */
#define LOSE_MS    10000 /* between two looks for machines that are lost */
/* Shares of limits are good for so long.  The bank gives them away after two minutes, and then a
 * minute is to be over: a lease is good for three seconds more, and its calls are two on their way.
 */
#define LIMITS_MS 54000

int share_read_machine(
    struct share_teller *teller, struct arena *arena, struct share_machine *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(teller->store, SQL_MACHINE_OF, err);
	int result = statement_step(s, err);

	if (result == 1)
		*out = (struct share_machine){ arena_copy(arena, statement_text(s, 0)),
			arena_copy(arena, statement_text(s, 3)),
			arena_copy(arena, statement_text(s, 4)), statement_int(s, 1) };
	return result == 1 ? 0
	       : result    ? -1
			   : error_set(err, ERROR_STORE, "this database belongs to no bank");
}

/* ---- before the bank is told ---- */

/* Idle money leaves what may be spent here, and the report has a mark, also when it is made by
 * another process after this one. */
static int lower_shares(struct share_teller *teller, struct share_lines *lines, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();
	int result, place = 0;

	for (size_t i = 0; i < lines->count; i++) {
		if (lines->items[i].keeps == lines->items[i].granted)
			continue;
		share_add_for(
		    change, share_statements_of(&lines->items[i])->lower, &lines->items[i]);
		change_bind_int(
		    change, share_statements_of(&lines->items[i])->granted, lines->items[i].keeps);
		if (!lines->items[i].window_id)
			change_bind_int(change, ":second", clock_wall_ms() / 1000);
	}
	change_add(change, SQL_MACHINE_TELLS);
	change_bind_text(change, ":mark", digest_new_id().text);
	result = store_apply(teller->store, change, err);
	for (size_t i = 0; i < lines->count && result == 0; i++)
		if (lines->items[i].keeps != lines->items[i].granted &&
		    change_rows(change, place++) == 0)
			lines->items[i].keeps = lines->items[i].granted; /* a call took it */
	return result;
}

#define NAME_COLUMNS 8

/* rows: the place of a line, from 1 on, and the pot's id. */
static int keep_names(struct share_teller *teller, struct share_line *const *unnamed, size_t count,
    const struct bank_rows *rows, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	for (size_t i = 0; i < rows->count; i++) {
		size_t place = (size_t)bank_int(rows, i, 0) - 1;

		if (place >= count)
			continue;
		unnamed[place]->pot_id = bank_int(rows, i, 1);
		share_add_for(change, share_statements_of(unnamed[place])->pot, unnamed[place]);
		change_bind_int(change, ":pot_id", unnamed[place]->pot_id);
	}
	return store_apply(teller->store, change, err);
}

/* The bank's names of windows that it was not asked about before. */
static int name_pots(
    struct share_teller *teller, struct share_lines *lines, struct arena *arena, struct error *err)
{
	const char **columns[6], *values[NAME_COLUMNS];
	struct share_line **unnamed = arena_alloc(arena, (lines->count + 1) * sizeof *unnamed);
	int64_t *starts = arena_alloc(arena, (lines->count + 1) * sizeof *starts);
	int64_t *ends = arena_alloc(arena, (lines->count + 1) * sizeof *ends);
	struct bank_rows rows;
	size_t count = 0;

	for (size_t c = 0; c < 6; c++)
		columns[c] = arena_alloc(arena, (lines->count + 1) * sizeof **columns);
	for (size_t i = 0; i < lines->count; i++) {
		struct share_line *line = &lines->items[i];
		const char *const names[] = { line->kind, line->scope, line->scope_id, line->model,
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
	return keep_names(teller, unnamed, count, &rows, err);
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

static int tell_bank(struct share_teller *teller, const struct share_machine *machine,
    const struct share_lines *lines, struct arena *arena, struct bank_rows *out, struct error *err)
{
	static int64_t (*const columns[])(const struct share_line *) = { pot_of, limit_of, spent_of,
		lost_of, kept_of, want_of, lack_of };
	char host[65] = "";
	const char *values[6 + sizeof columns / sizeof columns[0]] = { machine->id, host,
		bank_number(machine->number + 1, arena), machine->mark, machine->next_mark,
		bank_number(teller->reach_ms, arena) };

	(void)gethostname(host, sizeof host - 1); /* too long: its beginning will do */
	for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
		values[6 + i] = column_of(lines, columns[i], arena);
	return bank_ask(teller->bank, BANK_SQL_MACHINE_SETTLE, values,
	    sizeof values / sizeof values[0], TELL_MS, arena, out, err);
}

/* ---- the answer ---- */

/* What this file says of itself is older than what the bank has heard from it. */
static int become_another(struct share_teller *teller, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	log_event(LOG_ERROR, "bank",
	    "this database was put back from a backup, or is a copy of one that is in use: from "
	    "now on it is another machine.  What both of them spent is charged; what the former "
	    "one had is charged as lost, when nothing more is heard of it");
	change_add(change, SQL_MACHINE_RENEW);
	change_bind_text(change, ":id", digest_new_id().text);
	change_bind_int(change, ":now_ms", clock_wall_ms());
	change_add(change, SQL_SHARE_RENEW);
	change_add(change, SQL_SHARE_RENEW_WINDOWS);
	change_add(change, SQL_SUM_ROWS_FORGET_NEWS); /* the other one tells them */
	teller->hurry = true;
	return store_apply(teller->store, change, err);
}

/* The bank was put back from a backup, or what it committed last was lost: names are asked for
 * anew, and what this machine says of itself holds. */
static int forget_pots(
    struct share_teller *teller, const struct share_lines *lines, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	log_event(LOG_ERROR, "bank",
	    "the bank has forgotten windows or limits that it had named: they are told anew");
	for (size_t i = 0; i < lines->count; i++) {
		share_add_for(change, share_statements_of(&lines->items[i])->pot, &lines->items[i]);
		change_bind_null(change, ":pot_id");
	}
	teller->hurry = true;
	return store_apply(teller->store, change, err);
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

/* Can calls that lacked money go on?  Or will they never have it? */
static bool is_settled(const struct share_line *line, const struct pot_answer *answer)
{
	return answer->granted + line->base - line->spent - line->held >= line->wanted ||
	       line->lacks > answer->limit - answer->spent;
}

static void take_window(struct share_teller *teller, struct change *change,
    const struct share_line *line, const struct pot_answer *answer, bool told)
{
	bool waits = line->wanted && !is_settled(line, answer) && line_waiters(teller->store) > 0;

	change_bind_int(change, ":elsewhere_nano", more_of(answer->spent - line->spent, 0));
	share_add_for(change, SQL_SHARE_TOLD, line);
	if (told)
		change_bind_int(change, ":told_nano", line->spent);
	else
		change_bind_null(change, ":told_nano");
	/* Who waits for it here goes on waiting, and it is asked for again. */
	change_bind_int(change, ":wanted_nano", waits ? -1 : line->wanted);
	if (line->wanted && is_settled(line, answer))
		change_then(change, line_call);
	if (!told || waits)
		teller->hurry = true;
}

static void take_answer(struct share_teller *teller, struct change *change,
    const struct share_line *line, const struct pot_answer *answer, bool told)
{
	const struct share_statements *names = share_statements_of(line);

	line->flow->recalled = answer->recalled;
	share_add_for(change, names->take, line);
	/* What is answered again may have been given to another, of whom this is a copy. */
	change_bind_int(change, names->granted,
	    line->window_id && !told && line->keeps < answer->granted + line->base
		? line->keeps
		: answer->granted + line->base);
	if (line->window_id)
		take_window(teller, change, line, answer, told);
	else
		change_bind_int(change, names->wanted, line->wanted);
}

/* Others want what lies idle here: processes give it back first. */
static void call_back(struct share_teller *teller, const struct share_line *line)
{
	if (line->held > 0)
		till_recall(teller->store, line->window_id
					       ? line->window_id
					       : rate_recall_id(line->scope, line->scope_id));
	if (line->granted > line->spent + (line->window_id ? 0 : line->held))
		teller->hurry = true;
}

static int take_answers(struct share_teller *teller, const struct share_machine *machine,
    int64_t told_ms, struct share_lines *lines, const struct bank_rows *rows, struct error *err)
{
	bool told = strcmp(bank_cell(rows, 0, 0), "told") == 0;

	if (strcmp(bank_cell(rows, 0, 0), "stale") == 0)
		return become_another(teller, err);
	if (strcmp(bank_cell(rows, 0, 0), "unknown") == 0)
		return forget_pots(teller, lines, err);
	AUTO_CHANGE struct change *change = change_new();
	change_add(change, SQL_MACHINE_TOLD);
	change_bind_int(change, ":number", machine->number + 1);
	change_bind_int(change, ":until_ms", told_ms + LIMITS_MS);
	change_bind_text(change, ":id", machine->id);
	if (!told)
		change_add(change, SQL_SHARE_UNSURE);
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
	return store_apply(teller->store, change, err);
}

/* ---- all of it ---- */

static int tell_some(struct share_teller *teller, struct share_lines *lines, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct share_machine machine = { .number = 0 };
	struct bank_rows rows;
	int64_t told_ms = clock_wall_ms();

	if (lower_shares(teller, lines, err) != 0 ||
	    share_read_machine(teller, &arena, &machine, err) != 0 ||
	    name_pots(teller, lines, &arena, err) != 0 ||
	    tell_bank(teller, &machine, lines, &arena, &rows, err) != 0)
		return -1;
	if (rows.count == 0)
		return error_set(err, ERROR_STORE, "the bank gave no answer to a report");
	return take_answers(teller, &machine, told_ms, lines, &rows, err);
}

static int look_for_lost(struct share_teller *teller, int64_t now_ms, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct bank_rows lost, freed;

	if (now_ms - teller->losing_ms < LOSE_MS)
		return 0;
	if (bank_ask(teller->bank, BANK_SQL_LIMITS_FREE, NULL, 0, TELL_MS, &arena, &freed, err) !=
		0 ||
	    bank_ask(teller->bank, BANK_SQL_MACHINES_LOSE, NULL, 0, TELL_MS, &arena, &lost, err) !=
		0)
		return -1;
	for (size_t i = 0; i < lost.count; i++)
		log_event(LOG_ERROR, "bank",
		    "nothing is heard of the machine %.80s: what it had is charged as lost, until "
		    "it comes back",
		    bank_cell(&lost, i, 0));
	teller->losing_ms = lost.count ? 0 : now_ms; /* there may be more of them */
	return 0;
}

static int tell_all(struct share_teller *teller, struct share_lines *lines, struct error *err)
{
	for (size_t i = 0; i < lines->count; i += LINES_MOST) {
		struct share_lines some = { lines->items + i,
			lines->count - i < LINES_MOST ? lines->count - i : LINES_MOST };

		if (tell_some(teller, &some, err) != 0)
			return -1;
	}
	return 0;
}

int share_tell(struct share_teller *teller, enum share_step step, struct error *err)
{
	struct share_lines lines = { .count = 0 };
	AUTO_ARENA struct arena arena = { 0 };
	int64_t now_ms = clock_real_ms();
	struct share_machine machine = { .number = 0 };

	teller->hurry = false;
	if (share_read_machine(teller, &arena, &machine, err) != 0)
		return -1;
	teller->unanswered = machine.next_mark != NULL;
	if (teller->unanswered && step == STEP_WANTED)
		step = STEP_ALL;
	if (share_read_lines(teller, step, now_ms, &arena, &lines, err) != 0 ||
	    tell_all(teller, &lines, err) != 0)
		return -1;
	if (step == STEP_WANTED)
		return 0;
	if (share_read_machine(teller, &arena, &machine, err) != 0 || /* it may be another now */
	    share_tell_claims(teller, machine.id, err) != 0)
		return -1;
	if (step != STEP_ALL)
		return 0;
	return share_open_next(teller, &lines, err) != 0 ? -1 : look_for_lost(teller, now_ms, err);
}
