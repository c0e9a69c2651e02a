#ifndef CHAT_AUDIO_LENGTH_H
#define CHAT_AUDIO_LENGTH_H

/*
 * How long a file of sound can be.
 */
#include <stdint.h>

#include "base/slice.h"

/* Seconds that the file holds at most: PCM in a WAV file by its rate, anything else by the least
 * bits a second that its format is made with.  docs/bound.md says what is a margin in it. */
int64_t audio_length_most(struct slice file);

#endif
