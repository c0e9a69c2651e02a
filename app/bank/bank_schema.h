#ifndef BANK_BANK_SCHEMA_H
#define BANK_BANK_SCHEMA_H

/*
 * The tables of a bank on PostgreSQL: sql/bank/schema, all in a schema of the name "sideways".
 *
 * They need no extension and no superuser: the role must own the schema, or be allowed to create it
 * (GRANT CREATE ON DATABASE; or `CREATE SCHEMA sideways AUTHORIZATION role` by who may).
 */
#include "bank/bank_connection.h"

/* The version of the tables in *out, 0 where there are none. */
int bank_schema_version(struct bank_connection *bank, int64_t *out, struct error *err);

/* Makes them, in one transaction; 1: made, 0: they were there already, -1: err.  Two at once: one
 * makes them. */
int bank_schema_create(struct bank_connection *bank, struct error *err);

/* Tables of this program's version?  Else a sentence that says what to do. */
int bank_schema_check(struct bank_connection *bank, struct error *err);

#endif
