#ifndef ACCOUNTS_OWNER_H
#define ACCOUNTS_OWNER_H

/*
 * The name of a process that holds money, and whether it still lives.  The name is host, boot id,
 * pid namespace, pid and the process's start time, so a pid that is used again is not mistaken for
 * its predecessor.  Of another host, or another pid namespace, nothing can be said: there a hold's
 * deadline decides.
 */
#include <stdbool.h>

bool owner_is_dead(const char *owner);

/* Of this host, boot and pid namespace: what it wrote to a file without fsync is there. */
bool owner_is_here(const char *owner);

/* The id of this host's start, "" where there is none. */
const char *owner_boot(void);

#endif
