/* A table with one place for each hash: the last one stays.  See the header. */
#include "relay/count_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define PLACES 2048

struct count_memory {
	pthread_mutex_t mutex; /* guards places */
	struct place {
		struct digest_hex what;
		int64_t tokens, until_ms;
	} places[PLACES];
};

struct count_memory *count_memory_new(void)
{
	struct count_memory *memory = alloc_zero(1, sizeof *memory);

	pthread_mutex_init(&memory->mutex, NULL);
	return memory;
}

void count_memory_free(struct count_memory *memory)
{
	if (!memory)
		return;
	pthread_mutex_destroy(&memory->mutex);
	free(memory);
}

static struct place *count_memory_place_of(
    struct count_memory *memory, const struct digest_hex *what)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < 16; i++)
		hash = (hash ^ (unsigned char)what->text[i]) * 16777619U;
	return &memory->places[hash % PLACES];
}

bool count_memory_find(
    struct count_memory *memory, const struct digest_hex *what, int64_t now_ms, int64_t *out_tokens)
{
	struct place *place = count_memory_place_of(memory, what);
	bool found;

	pthread_mutex_lock(&memory->mutex);
	found = memcmp(&place->what, what, sizeof *what) == 0 && place->until_ms > now_ms;
	if (found)
		*out_tokens = place->tokens;
	pthread_mutex_unlock(&memory->mutex);
	return found;
}

void count_memory_keep(
    struct count_memory *memory, const struct digest_hex *what, int64_t tokens, int64_t until_ms)
{
	struct place *place = count_memory_place_of(memory, what);

	pthread_mutex_lock(&memory->mutex);
	*place = (struct place){ *what, tokens, until_ms };
	pthread_mutex_unlock(&memory->mutex);
}
