#ifndef BANK_BANK_CONNECTION_H
#define BANK_BANK_CONNECTION_H

/*
 * A connection to the PostgreSQL that several machines share (sideways_settings.bank).
 *
 *	bank_connection_new    remembers where it is; nothing is sent yet
 *	bank_ask               connects if need be, runs one statement, gives its rows
 *
 * Every statement is a transaction of its own (what must happen together is a function in
 * sql/bank/schema) and has a name in sql/bank, under which it is prepared once a connection. Values
 * go as parameters only.
 *
 * An answer is waited for at most patience_ms, here and not at the server: neither
 * statement_timeout nor a cancel is used, because a commit that waits for its standby has
 * happened already when it is cancelled.  After a failure nothing is known of what was asked: the
 * connection is dropped, and the same is to be asked again, with the same number where it has one.
 * After a failure to connect others fail at once for a moment that grows from 100 ms to 2 s.
 *
 * Threads: a connection is one thread's.  Errors: ERROR_STORE; no text holds a password.
 * Without --with-postgresql every call fails with a sentence that says how to build it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bank/bank_sql_names.h"
#include "base/arena.h"
#include "base/error.h"

#define BANK_PATIENCE_MS 10000 /* for what nobody waits for; a failover may take longer */

struct bank_connection;

/* url: postgresql://..., with several hosts, sslmode and so on as libpq takes them; password:
 * NULL, or for a url without one.  Never NULL. */
struct bank_connection *bank_connection_new(const char *url, const char *password);
void bank_connection_free(struct bank_connection *bank); /* NULL is fine */

struct bank_rows { /* in the arena */
	size_t count, columns;
	const char **cells; /* count * columns texts; NULL: null */
};
static inline const char *bank_cell(const struct bank_rows *rows, size_t row, size_t column)
{
	return rows->cells[row * rows->columns + column];
}
int64_t bank_int(const struct bank_rows *rows, size_t row, size_t column); /* of a null: 0 */

/* values: as many as the statement has parameters $1, $2 ...; NULL for null.  Arrays are
 * PostgreSQL's text form, for which bank_array is. */
int bank_ask(struct bank_connection *bank, enum bank_sql_name name, const char *const *values,
    size_t value_count, int64_t patience_ms, struct arena *arena, struct bank_rows *out,
    struct error *err);

/* "{12,-3}", in the arena. */
const char *bank_array(const int64_t *numbers, size_t count, struct arena *arena);
/* The same of texts, quoted; a NULL becomes null. */
const char *bank_array_texts(const char *const *texts, size_t count, struct arena *arena);
const char *bank_number(int64_t number, struct arena *arena);

/* Was what failed last sent to a server?  Then nobody knows what became of it. */
bool bank_connection_was_sent(const struct bank_connection *bank);

/* SQLSTATE of the last failure, "" when the server said nothing. */
const char *bank_connection_state(const struct bank_connection *bank);

/* The server's version as libpq has it (150020), its host and port; 0 and "" before the first
 * answer. */
int bank_connection_version(const struct bank_connection *bank);
const char *bank_connection_host(const struct bank_connection *bank);

/* LISTEN to this channel, again after each time that it had to connect anew. */
void bank_listen(struct bank_connection *bank, const char *channel);
/* Waits for a notice of it.  1: there was one, or some may have been missed; 0: none; -1: there is
 * no connection, and bank_ask makes one. */
int bank_wait(struct bank_connection *bank, int64_t most_ms, struct error *err);
/* The same, and ends early (0) when `fd` can be read; -1: there is none. */
int bank_wait_or(struct bank_connection *bank, int fd, int64_t most_ms, struct error *err);

/* Several statements at once, without values: for the schema. */
int bank_run_script(struct bank_connection *bank, const char *script, struct error *err);

#endif
