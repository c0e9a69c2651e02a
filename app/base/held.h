#ifndef BASE_HELD_H
#define BASE_HELD_H

/*
 * The bytes that the process holds because clients sent them or providers answered with them, and
 * that have to be whole before anything is done with them: one bound for all.  Small ones are not
 * refused, but counted.  From any thread.
 */
#include <stdint.h>

enum held {
	HELD_REQUESTS, /* bodies, and what of answers waits for its reader (web/lobby.h) */
	HELD_ANSWERS,  /* that are no streams */
	HELD_KINDS
};

/* A sixteenth of a small server's memory; bodies of 32 MB, eight at a time from one address. */
#define HELD_BYTES_MAX ((int64_t)512 << 20)

void held_add(enum held kind, int64_t bytes); /* negative: they are gone */
int64_t held_bytes(enum held kind);
int64_t held_left(void); /* of the bound, for all kinds */

#endif
