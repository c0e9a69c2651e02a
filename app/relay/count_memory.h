#ifndef RELAY_COUNT_MEMORY_H
#define RELAY_COUNT_MEMORY_H

/*
 * What providers have counted, by what was counted, in memory of the process: an agent's next
 * request begins with the last one's messages, and only what was added has to be bounded.  Threads
 * may share it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"

struct count_memory *count_memory_new(void);
void count_memory_free(struct count_memory *memory);

/* False: not known, or older than its time. */
bool count_memory_find(struct count_memory *memory, const struct digest_hex *what, int64_t now_ms,
    int64_t *out_tokens);
void count_memory_keep(
    struct count_memory *memory, const struct digest_hex *what, int64_t tokens, int64_t until_ms);

#endif
