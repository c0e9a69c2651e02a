/*
 * Idempotency keys of several machines.  See shares.h; what becomes of a claim is decided by the
 * file of the machine that has it (idempotency.h), and told here.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts/shares_state.h"
#include "base/utf8.h"

#include "base/banned.h"

#define CLAIM_MS 5000 /* for an answer */

static const struct {
	const char *name;
	enum idempotency_state state;
} states[] = { { "running", IDEMPOTENCY_RUNNING }, { "lost", IDEMPOTENCY_LOST },
	{ "done", IDEMPOTENCY_DONE } };

static enum idempotency_state state_of_claim(
    const struct bank_rows *rows, const struct idempotency_claim *claim)
{
	enum idempotency_state state = IDEMPOTENCY_LOST;

	if (strcmp(bank_cell(rows, 0, 1), claim->body_hash) != 0)
		return IDEMPOTENCY_OTHER_BODY;
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		if (strcmp(bank_cell(rows, 0, 2), states[i].name) == 0)
			state = states[i].state;
	return state == IDEMPOTENCY_DONE && !bank_cell(rows, 0, 7) ? IDEMPOTENCY_TOO_LONG : state;
}

int share_claim(struct share_teller *teller, const char *machine,
    const struct idempotency_claim *claim, int64_t now_ms, struct arena *arena,
    enum idempotency_state *out_state, struct idempotency_answer *out, struct error *err)
{
	const char *const values[] = { claim->key_id, claim->token, claim->body_hash, machine,
		claim->request_id, bank_number(now_ms, arena),
		bank_number(claim->deadline_ms, arena),
		bank_number(now_ms + IDEMPOTENCY_KEEP_MS, arena) };
	struct bank_rows rows;

	if (bank_ask(teller->bank, BANK_SQL_CLAIM_BEGIN, values, sizeof values / sizeof values[0],
		CLAIM_MS, arena, &rows, err) != 0)
		return -1;
	if (rows.count == 0)
		return error_set(err, ERROR_STORE, "the bank gave no answer to a claim");
	if (strcmp(bank_cell(&rows, 0, 0), machine) == 0)
		return 1;
	*out_state = state_of_claim(&rows, claim);
	*out = (struct idempotency_answer){
		.request_id = bank_cell(&rows, 0, 3),
		.status = (int)bank_int(&rows, 0, 4),
		.content_type = bank_cell(&rows, 0, 5),
		.streamed = bank_int(&rows, 0, 6) != 0,
		.body = slice_of(bank_cell(&rows, 0, 7)),
	};
	return 0;
}

/* ---- telling ---- */

#define NEWS_COLUMNS 8

struct claim_news {
	const char *columns[NEWS_COLUMNS]; /* of claim_news_list */
};

static int read_news(
    struct store *store, struct arena *arena, struct claim_news **out, size_t *out_count)
{
	AUTO_READ struct statement *s = store_read(store, SQL_CLAIM_NEWS_LIST, NULL);
	int result;

	while ((result = statement_step(s, NULL)) == 1) {
		struct claim_news *news = arena_grow(arena, out, out_count, sizeof *news);

		for (int i = 0; i < NEWS_COLUMNS; i++)
			if (!statement_is_null(s, i))
				news->columns[i] = statement_is_text(s, i)
						       ? arena_copy(arena, statement_text(s, i))
						       : bank_number(statement_int(s, i), arena);
	}
	return result;
}

static int tell_news(struct share_teller *teller, const char *machine,
    const struct claim_news *news, struct arena *arena, struct error *err)
{
	const char *const *c = news->columns;
	/* The bank takes none but UTF-8, and would refuse for as long as it is asked. */
	const char *const values[] = { c[0], c[1], machine, c[2], c[3], c[4], c[5], c[6],
		c[7] && utf8_is_valid(c[7]) ? c[7] : NULL };
	struct bank_rows rows;

	return bank_ask(teller->bank, c[2] ? BANK_SQL_CLAIM_TELL : BANK_SQL_CLAIM_FORGET, values,
	    c[2] ? sizeof values / sizeof values[0] : 3, CLAIM_MS, arena, &rows, err);
}

int share_tell_claims(struct share_teller *teller, const char *machine, struct error *err)
{
	struct claim_news *news = NULL;
	AUTO_ARENA struct arena arena = { 0 };
	size_t count = 0;
	int result = 0;

	if (read_news(teller->store, &arena, &news, &count) != 0 || count == 0)
		return 0;
	AUTO_CHANGE struct change *change = change_new();
	for (size_t i = 0; i < count && result == 0; i++) {
		result = tell_news(teller, machine, &news[i], &arena, err);
		if (result != 0)
			break;
		change_add(change, SQL_CLAIM_NEWS_END);
		change_bind_text(change, ":key_id", news[i].columns[0]);
		change_bind_text(change, ":token", news[i].columns[1]);
		change_bind_text(change, ":state", news[i].columns[2]);
	}
	if (change_count(change) && store_apply(teller->store, change, err) != 0)
		result = -1;
	return result;
}
