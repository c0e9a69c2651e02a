#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

/*
 * What this program never does, the kernel is asked to forbid (seccomp): starting another program,
 * tracing or reading other processes, loading code into the kernel, mounting, the kernel's key
 * rings.  Whoever finds a way to run code in it still has no shell.  A forbidden call fails with
 * EPERM.
 *
 * It is a list of what is denied, not of what is allowed: resolvers and TLS libraries need
 * different calls on every host.  Some hosts forbid filters; then there is none, and the program
 * runs as well.  Threads and processes made afterwards have the filter, too.
 */
#include <stdbool.h>

/* All threads of this process, and what is made by them.  False: the host or the processor's kind
 * has no filters.  It cannot be taken back. */
bool confine(bool may_start_programs);

/* Does a filter stand over this process?  (Also one that a host or systemd has put there.) */
bool confine_stands(void);

#endif
