#ifndef STORE_WAL_READER_H
#define STORE_WAL_READER_H

/*
 * Who reads the database at this moment: another program that does it for long keeps the WAL from
 * ending (store/wal.h).
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct wal_reader {
	pid_t pid;
	char name[16]; /* of its program, as ps shows it */
};

/* The first process that is not of this program, by the locks of SQLite's index of the WAL; false:
 * there is none, or this system does not tell (only Linux does). */
bool wal_reader_find(const char *database, struct wal_reader *out);

/* 0: there is none. */
int64_t wal_bytes(const char *database);

#endif
