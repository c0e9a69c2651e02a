#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

/*
 * Memory from the heap.  A failed allocation ends the process here and nowhere else, so no
 * caller tests for NULL; therefore every size from outside is limited before it is allocated.
 */
#include <stddef.h>

void *alloc_zero(size_t count, size_t size); /* zeroed; count * size is checked for overflow */
void *alloc_grow(void *old, size_t count, size_t size);
char *alloc_copy(const char *text);                  /* NULL gives NULL */
char *alloc_copy_bytes(const char *bytes, size_t n); /* adds a NUL */
char *alloc_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* Overwrites a secret before freeing it; NULL is fine. */
void alloc_free_secret(char *text);

/* Cleanup macros for locals: AUTO_FREE char *name = alloc_copy(...); */
void alloc_cleanup(void *pointer_to_pointer);
#define AUTO_FREE __attribute__((cleanup(alloc_cleanup)))

#endif
