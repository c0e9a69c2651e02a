/*
 * Telling sums and taking them over.  See the header.
 *
 *	news are gathered to a batch    at most one waits for its answer
 *	the batch is told               as often as need be: the bank counts it once
 *	it is forgotten here            so what stands in sum_news is what the bank does not have
 *	rows of the bank are taken over each replaces ours, plus what stands in sum_news
 */
#include "accounts/shared_sums.h"

#include <string.h>
#include <unistd.h>

#include "accounts/shared_talk.h"
#include "accounts/shares.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/utf8.h"
#include "store/sum_rows.h"

#include "base/banned.h"

#define PATIENCE_MS 3000
#define EVERY_MS    5000
#define ALIVE       "shared sums alive"
#define ALIVE_MS    60000 /* a machine without news says that it is there */
#define BATCH_MOST  1000
#define ROUNDS      10 /* of full batches and pages in a turn */

/* ---- telling ---- */

struct batch {
	const char *id; /* "": nothing is new */
	const char *names[BATCH_MOST], *ids[BATCH_MOST], *numbers[BATCH_MOST];
	size_t count;
};

/* How many rows there are in a new one. */
static int gather(const struct shared_talk *sums, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_SUM_NEWS_GATHER);
	change_bind_text(change, ":batch", digest_new_id().text);
	change_bind_int(change, ":most", BATCH_MOST);
	return store_apply(sums->store, change, err) == 0 ? change_rows(change, 0) : -1;
}

static int read_batch(const struct shared_talk *sums, struct batch *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(sums->store, SQL_SUM_NEWS_LIST, err);
	int64_t numbers[SUM_NUMBERS];
	int result = s ? 1 : -1;

	out->id = "";
	while (result == 1 && out->count < BATCH_MOST && (result = statement_step(s, err)) == 1) {
		out->id = arena_copy(sums->arena, statement_text(s, 0));
		/* The bank takes none but UTF-8, and would refuse the batch for as long as it is
		 * told. */
		if (!utf8_is_valid(statement_text(s, 2)))
			continue;
		for (int i = 0; i < SUM_NUMBERS; i++)
			numbers[i] = statement_int(s, 3 + i);
		out->names[out->count] = arena_copy(sums->arena, statement_text(s, 1));
		out->ids[out->count] = arena_copy(sums->arena, statement_text(s, 2));
		out->numbers[out->count++] = bank_array(numbers, SUM_NUMBERS, sums->arena);
	}
	return result < 0 ? -1 : 0;
}

/* The bank has the batch; and what it said of the machines. */
static int note_told(const struct shared_talk *sums, const struct batch *batch,
    const struct bank_rows *machines, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();
	int64_t now_ms = clock_wall_ms();

	change_add(change, SQL_SUM_NEWS_END);
	change_bind_text(change, ":batch", batch->id);
	change_add(change, SQL_SUM_ROWS_FORGET_MACHINES);
	for (size_t i = 0; i < machines->count; i++) {
		change_add(change, SQL_SUM_MACHINE_PUT);
		change_bind_text(change, ":id", bank_cell(machines, i, 0));
		change_bind_text(change, ":name", bank_cell(machines, i, 1));
		change_bind_text(change, ":address", bank_cell(machines, i, 2));
		change_bind_int(change, ":seen_ms", now_ms - bank_int(machines, i, 3));
	}
	change_add(change, SQL_SUM_MACHINE_TELL_APART);
	return store_apply(sums->store, change, err);
}

/* 1: there may be more; 0: all is told; -1: err. */
static int tell_batch(const struct shared_talk *sums, struct error *err)
{
	struct batch *batch = arena_alloc(sums->arena, sizeof *batch);
	char host[65] = "";
	const char *values[7] = { sums->machine, host, sums->address };
	struct bank_rows machines;
	int gathered = gather(sums, err);

	batch->count = 0;
	if (gathered < 0 || read_batch(sums, batch, err) != 0)
		return -1;
	if (!*batch->id) {
		int alive = shared_turn(sums->store, ALIVE, ALIVE_MS, err);

		if (alive <= 0)
			return alive;
	}
	(void)gethostname(host, sizeof host - 1); /* too long: its beginning will do */
	values[3] = batch->id;
	values[4] = bank_array_texts(batch->names, batch->count, sums->arena);
	values[5] = bank_array_texts(batch->ids, batch->count, sums->arena);
	values[6] = bank_array_texts(batch->numbers, batch->count, sums->arena);
	if (bank_ask(sums->bank, BANK_SQL_SUMS_TELL, values, 7, PATIENCE_MS, sums->arena, &machines,
		err) != 0 ||
	    note_told(sums, batch, &machines, err) != 0)
		return -1;
	return *batch->id && (!gathered || gathered == BATCH_MOST);
}

/* ---- taking over ---- */

/* There are machines that this one has no names of, or no more some of those that it has: it says
 * soon that it is there, and is told all names. */
static int look_for_strangers(const struct shared_talk *sums, int64_t machines, struct error *err)
{
	int64_t known;

	if (shared_number(sums->store, SQL_SUM_MACHINE_COUNT, &known, err) != 1)
		return -1;
	return known == machines ? 0 : shared_turn_back(sums->store, ALIVE, err);
}

/* The same. */
static int take_page(const struct shared_talk *sums, struct error *err)
{
	const char *values[2] = { NULL, sums->machine };
	struct bank_rows rows;
	struct sum_row *taken;
	struct sum_page page = { 0 };

	if (shared_number(sums->store, SQL_SUM_ROWS_PLACE, &page.from, err) != 1)
		return -1;
	values[0] = bank_number(page.from, sums->arena);
	if (bank_ask(sums->bank, BANK_SQL_SUMS_SINCE, values, 2, PATIENCE_MS, sums->arena, &rows,
		err) != 0)
		return -1;
	if (look_for_strangers(sums, bank_int(&rows, 0, 5), err) != 0)
		return -1;
	page.to = bank_int(&rows, 0, 1);
	if (bank_int(&rows, 0, 0) < page.from) /* it was put back from a backup */
		page.to = 0;
	if (page.to == page.from)
		return 0;
	taken = arena_alloc(sums->arena, rows.count * sizeof *taken);
	for (size_t i = 0; i < rows.count && page.to; i++)
		if (bank_cell(&rows, i, 2))
			taken[page.count++] = (struct sum_row){ bank_cell(&rows, i, 2),
				bank_cell(&rows, i, 3), bank_cell(&rows, i, 4) };
	page.rows = taken;
	if (sum_rows_take(sums->store, &page, err) != 0)
		return -1;
	return page.to != bank_int(&rows, 0, 0);
}

/* ---- all of it ---- */

int shared_sums_exchange(struct store *store, struct bank_connection *bank, const char *address,
    enum shared_sums_when when, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct shared_talk sums = { store, bank, &arena, NULL, address, NULL };
	int most = when == SUMS_ALL ? -1 : ROUNDS;
	int turn;

	sums.machine = shares_machine(store, &arena);
	if (!sums.machine) /* it has not begun yet */
		return 0;
	turn = when == SUMS_IN_TURN ? shared_turn(store, "shared sums", EVERY_MS, err) : 1;
	if (turn <= 0)
		return turn;
	/* Who finds a stranger when it takes over hears its name when it tells. */
	if (sum_rows_join(store, err) != 0 || shared_repeat(&sums, take_page, most, err) != 0)
		return -1;
	return shared_repeat(&sums, tell_batch, most, err) == 0 ? 1 : -1;
}
