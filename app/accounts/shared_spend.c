/*
 * Sums that machines tell each other.  See the header.
 */
#include "accounts/shared_spend.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"

#include "base/banned.h"

#define PATIENCE_MS 3000
#define EVERY_MS    5000

struct exchange {
	struct store *store;
	struct bank_connection *bank;
	struct arena *arena;
	const char *machine;
	int64_t revision;
};

/* 1: it is this process' turn; 0: it is not; -1: err. */
static int take_turn(const struct exchange *it, struct error *err)
{
	struct change *change = change_new();
	int64_t now_ms = clock_wall_ms();
	int result;

	change_add(change, SQL_HOUSEKEEPING_TAKE);
	change_bind_text(change, ":name", "shared spend");
	change_bind_int(change, ":now_ms", now_ms);
	change_bind_int(change, ":until_ms", now_ms + EVERY_MS);
	change_add(change, SQL_SPEND_PLACE_MAKE);
	change_bind_text(change, ":machine", digest_new_id().text);
	result = store_apply(it->store, change, err) == 0 ? change_rows(change, 0) : -1;
	change_free(change);
	return result;
}

static int read_place(struct exchange *it, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(it->store, err);
	struct statement *s = reader ? store_query(reader, SQL_SPEND_PLACE, err) : NULL;
	int result = s ? statement_step(s, err) : -1;

	if (result == 1) {
		it->machine = arena_copy(it->arena, statement_text(s, 0));
		it->revision = statement_int(s, 1);
	}
	store_reader_return(it->store, reader);
	return result == 1 ? 0 : -1;
}

static void add_sum(
    struct change *change, enum sql_name name, const char *kind, const char *id, int64_t cost_nano)
{
	change_add(change, name);
	change_bind_text(change, ":kind", kind);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":cost_nano", cost_nano);
}

struct told {
	const char *kind, *id;
	int64_t cost_nano;
};

static int read_untold(
    const struct exchange *it, struct told **out, size_t *out_count, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(it->store, err);
	struct statement *s = reader ? store_query(reader, SQL_SPEND_UNTOLD, err) : NULL;
	int result = -1;

	while (s && (result = statement_step(s, err)) == 1) {
		struct told *told = arena_grow(it->arena, out, out_count, sizeof *told);

		*told = (struct told){ arena_copy(it->arena, statement_text(s, 0)),
			arena_copy(it->arena, statement_text(s, 1)), statement_int(s, 2) };
	}
	store_reader_return(it->store, reader);
	return result;
}

static int tell_sums(const struct exchange *it, struct error *err)
{
	const char **kinds, **ids, *values[4];
	struct told *told = NULL;
	struct change *change;
	struct bank_rows rows;
	int64_t *nanos;
	size_t count = 0;
	int result = read_untold(it, &told, &count, err);

	if (result != 0 || count == 0)
		return result;
	kinds = arena_alloc(it->arena, count * sizeof *kinds);
	ids = arena_alloc(it->arena, count * sizeof *ids);
	nanos = arena_alloc(it->arena, count * sizeof *nanos);
	change = change_new();
	for (size_t i = 0; i < count; i++) {
		kinds[i] = told[i].kind;
		ids[i] = told[i].id;
		nanos[i] = told[i].cost_nano;
		add_sum(change, SQL_SPEND_IS_TOLD, kinds[i], ids[i], nanos[i]);
	}
	values[0] = it->machine;
	values[1] = bank_array_texts(kinds, count, it->arena);
	values[2] = bank_array_texts(ids, count, it->arena);
	values[3] = bank_array(nanos, count, it->arena);
	result =
	    bank_ask(it->bank, BANK_SQL_SPEND_TELL, values, 4, PATIENCE_MS, it->arena, &rows, err);
	if (result == 0)
		result = store_apply(it->store, change, err);
	change_free(change);
	return result;
}

static int take_others(const struct exchange *it, struct error *err)
{
	const char *const values[] = { bank_number(it->revision, it->arena), it->machine };
	struct change *change;
	struct bank_rows rows;
	int result;

	if (bank_ask(
		it->bank, BANK_SQL_SPEND_SINCE, values, 2, PATIENCE_MS, it->arena, &rows, err) != 0)
		return -1;
	if (bank_int(&rows, 0, 0) == it->revision)
		return 0;
	change = change_new();
	for (size_t i = 0; i < rows.count; i++)
		if (bank_cell(&rows, i, 1))
			add_sum(change, SQL_SPEND_TAKE, bank_cell(&rows, i, 1),
			    bank_cell(&rows, i, 2), bank_int(&rows, i, 3));
	change_add(change, SQL_SPEND_ADVANCE);
	change_bind_int(change, ":revision", bank_int(&rows, 0, 0));
	result = store_apply(it->store, change, err);
	change_free(change);
	return result;
}

int shared_spend_exchange(struct store *store, struct bank_connection *bank, struct error *err)
{
	AUTO_ARENA struct arena arena;
	struct exchange it = { store, bank, &arena, NULL, 0 };
	int turn;

	arena_init(&arena);
	turn = take_turn(&it, err);
	if (turn <= 0)
		return turn;
	if (read_place(&it, err) != 0 || tell_sums(&it, err) != 0)
		return -1;
	return take_others(&it, err);
}
