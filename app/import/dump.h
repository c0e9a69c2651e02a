#ifndef IMPORT_DUMP_H
#define IMPORT_DUMP_H

/*
 * LiteLLM's tables out of files: a plain `pg_dump` (its COPY blocks), or the CSV with a header that
 * psql's \copy or a table's page in a browser writes.  Which it is shows in the file; which table a
 * CSV has, in its header.  A dump may hold tables of any size: it is read line by line, and what is
 * not asked for is only counted.
 */
#include "import/rows.h"

int dump_read(const char *path, struct import_rows *rows, struct error *err);

#endif
