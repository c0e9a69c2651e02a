#ifndef STORE_TURN_H
#define STORE_TURN_H

/*
 * Whose turn it is to write to the database, among the processes of a host: first come, first
 * served. SQLite's lock has no queue: who waits for it looks again now and then, so many busy
 * processes leave it idle for most of the time, and one of them may wait in vain.
 *
 * A hint, and nothing more: the lock decides.  The tickets stand in a page that all share
 * (store/shared_page.h).  A ticket of a process that was killed is passed over.  Where
 * nothing moves for TURN_STALLED_MS (a stopped process, a slow disk) the next one goes on and looks
 * for the lock itself, then the others.
 */
#include <stdbool.h>
#include <stdint.h>

#define TURN_STALLED_MS 50

struct turn;

/* make: the page is made where there is none.  NULL: no queue, which is fine for all of these. */
struct turn *turn_map(const char *database, bool make);
void turn_unmap(struct turn *turn);

/* Waits until it may be this one's turn.  The ticket is to be given back with turn_end. */
uint32_t turn_begin(struct turn *turn);
void turn_end(struct turn *turn, uint32_t ticket);

#endif
