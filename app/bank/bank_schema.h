#ifndef BANK_BANK_SCHEMA_H
#define BANK_BANK_SCHEMA_H

/*
 * The tables and functions of a bank on PostgreSQL, all in a schema of the name "sideways".
 *
 * sql/bank/schema are the tables, and sql/bank/steps bring those of an older program to them; the
 * last step is their version.  sql/bank/functions are made anew whenever they are not this
 * program's, which a hash beside the version tells: so no change of a function can be forgotten.
 *
 * They need no extension and no superuser: the role must own the schema, or be allowed to create it
 * (GRANT CREATE ON DATABASE; or `CREATE SCHEMA sideways AUTHORIZATION role` by who may).
 */
#include "bank/bank_connection.h"

/* Makes them, or brings those of an older program to this one's version, in one transaction.  Two
 * at once: one does it.  Those of a newer program stay: BANK_NOT_MADE, and err. */
enum bank_made { BANK_NOT_MADE, BANK_WAS_MADE, BANK_MADE, BANK_RENEWED };
enum bank_made bank_schema_make(struct bank_connection *bank, struct error *err);

/* Tables and functions of this program's version?  Else a sentence that says what to do. */
int bank_schema_check(struct bank_connection *bank, struct error *err);

#endif
