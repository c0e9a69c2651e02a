#ifndef STORE_SHARED_PAGE_H
#define STORE_SHARED_PAGE_H

/*
 * Memory that all processes of a host share: a file beside the database, mapped.  What stands in it
 * helps processes to find each other soon, and is never what money depends on: a file that is lost,
 * stale or of zeroes must be harmless.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The file "DATABASE-SUFFIX" of so many bytes, which begins with `magic` (another layout gets
 * another).  make: it is made where there is none.  NULL: there is none, it is another's, or it
 * cannot be (a file system of several hosts, a read-only folder).  munmap ends it.
 */
void *shared_page_map(
    const char *database, const char *suffix, size_t size_bytes, uint64_t magic, bool make);

#endif
