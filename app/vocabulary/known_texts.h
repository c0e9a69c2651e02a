#ifndef VOCABULARY_KNOWN_TEXTS_H
#define VOCABULARY_KNOWN_TEXTS_H

/*
 * Tokens of texts that this process has counted before.
 *
 * An agent sends its whole conversation with each call, and counting is three quarters of what a
 * long prompt costs the processor; reading a text for its key is a twentieth of counting it.  No
 * text is kept: a slot holds 128 bits of SipHash under a key of this process, so nobody outside can
 * make two texts meet.  16,384 slots, 400 KB, made at the first text; a newer text takes the slot.
 * From any thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "vocabulary/vocabulary.h"

/* A shorter one is counted as soon as it is looked up. */
#define KNOWN_TEXT_BYTES 256

struct known_text {
	uint64_t key[2];
};

/* place: one that is counted in another way elsewhere is another text. */
struct known_text known_text_of(enum vocabulary_id id, struct slice text, uint64_t place);
bool known_text_find(const struct known_text *text, int64_t *out_tokens);
void known_text_keep(const struct known_text *text, int64_t tokens);

#endif
