/*
 * A table of counts under one lock, held for a slot's reading.  See the header.
 */
#include "vocabulary/known_texts.h"

#include <pthread.h>

#include <sodium.h>

#include "base/alloc.h"

#include "base/banned.h"

#define SLOTS 16384

struct known_slot {
	struct known_text text; /* all zero: free, and no text's key but by a chance of 2^-128 */
	int64_t tokens;
};

static struct {
	pthread_once_t once;
	pthread_mutex_t mutex;
	unsigned char keys[VOCABULARY_COUNT][crypto_shorthash_siphashx24_KEYBYTES];
	struct known_slot *slots; /* for the life of the process */
} known = { .once = PTHREAD_ONCE_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER };

static void make_known(void)
{
	randombytes_buf(known.keys, sizeof known.keys);
	known.slots = alloc_zero(SLOTS, sizeof *known.slots);
}

static struct known_slot *slot_of(const struct known_text *text)
{
	return &known.slots[text->key[0] % SLOTS];
}

struct known_text known_text_of(enum vocabulary_id id, struct slice text, uint64_t place)
{
	struct known_text out;

	pthread_once(&known.once, make_known);
	crypto_shorthash_siphashx24(
	    (unsigned char *)out.key, (const unsigned char *)text.ptr, text.len, known.keys[id]);
	out.key[0] += place;
	return out;
}

bool known_text_find(const struct known_text *text, int64_t *out_tokens)
{
	const struct known_slot *slot = slot_of(text);
	bool found;

	pthread_mutex_lock(&known.mutex);
	found = slot->text.key[0] == text->key[0] && slot->text.key[1] == text->key[1];
	*out_tokens = slot->tokens;
	pthread_mutex_unlock(&known.mutex);
	return found;
}

void known_text_keep(const struct known_text *text, int64_t tokens)
{
	struct known_slot *slot = slot_of(text);

	pthread_mutex_lock(&known.mutex);
	*slot = (struct known_slot){ *text, tokens };
	pthread_mutex_unlock(&known.mutex);
}
