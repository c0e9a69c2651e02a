#ifndef WEB_TOLD_H
#define WEB_TOLD_H

/*
 * What a serving process is told by signals: TERM, INT and USR1 end it after a drain, HUP has it
 * read its settings again, USR2 and ALRM mean nothing and do not kill it.  They are held back, and
 * taken one by one where the process waits, so no handler runs in the middle of anything.
 */
#include <stdint.h>

enum told {
	TOLD_NOTHING, /* the time is over, or a signal came that means nothing */
	TOLD_STOP,
	TOLD_RELOAD,
	TOLD_CHILD, /* a child has ended */
};

/* Call before the first thread or worker is made: they inherit it.  A second call does nothing. */
void told_hold(void);

/* Waits for at most wait_ms. */
enum told told_wait(int64_t wait_ms);

#endif
