/*
 * The length of a sound file, from above.  See the header.
 *
 * Headers that merely claim a length are not believed where they make it shorter: a client pays by
 * what is found here.  They count where they make it longer, as silence does, of which a format
 * with a changing rate keeps next to nothing.
 */
#include "chat/audio_length.h"

#include <string.h>

#include "base/banned.h"

#define MPEG_LEAST 8000 /* bits a second: the least of layer III (ISO 13818-3) */
#define OTHER_LEAST                                                                                \
	6000 /* the least that Opus is made with (RFC 6716, 2.1.1); a margin for AAC               \
	      */

static uint64_t big(const char *at, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | (unsigned char)at[i];
	return value;
}

static uint64_t little(const char *at, size_t len)
{
	uint64_t value = 0;

	while (len-- > 0)
		value = value << 8 | (unsigned char)at[len];
	return value;
}

static int64_t by_bits(struct slice file, int64_t bits)
{
	return (int64_t)file.len * 8 / bits + 1;
}

static int64_t divided(uint64_t amount, uint64_t by)
{
	return by && amount / by < INT32_MAX ? (int64_t)(amount / by) + 1 : INT32_MAX;
}

/* The chunk of this name, as a reader of RIFF finds it. */
static const char *wav_chunk(struct slice file, const char *name, size_t least)
{
	for (uint64_t at = 12; at + 8 + least <= file.len;) {
		if (memcmp(file.ptr + at, name, 4) == 0)
			return file.ptr + at;
		at += 8 + little(file.ptr + at + 4, 4) + (little(file.ptr + at + 4, 4) & 1);
	}
	return NULL;
}

/* A decoder goes by sample rate and frame size, so that they are what they say. */
static int64_t wav_length(struct slice file)
{
	const char *format = wav_chunk(file, "fmt ", 16);

	if (!format || memcmp(file.ptr + 8, "WAVE", 4) != 0)
		return by_bits(file, OTHER_LEAST);
	uint64_t tag = little(format + 8, 2), channels = little(format + 10, 2),
		 rate = little(format + 12, 4), bits = little(format + 22, 2);
	if (tag == 0xFFFE && format + 34 <= file.ptr + file.len) /* said by a GUID behind it */
		tag = little(format + 32, 2);
	if ((tag != 1 && tag != 3 && tag != 6 && tag != 7) || bits < 8 || !channels || rate < 1000)
		return by_bits(file, OTHER_LEAST);
	return divided(file.len, rate * channels * (bits / 8));
}

/* STREAMINFO: rate in 20 bits, samples in 36; 0 when it was not known. */
static int64_t flac_length(struct slice file)
{
	uint64_t rate, samples;

	if (file.len < 26)
		return by_bits(file, OTHER_LEAST);
	rate = big(file.ptr + 18, 3) >> 4;
	samples = big(file.ptr + 21, 5) & 0xFFFFFFFFF;
	return divided(samples, rate);
}

/* The last page's position, in samples: of Opus always 48,000 a second, of Vorbis 8,000 or more. */
static int64_t ogg_length(struct slice file)
{
	const char *page = NULL;

	for (struct slice rest = file;
	     rest.len >= 14 && (page = memrchr(rest.ptr, 'O', rest.len - 13)) != NULL;
	     rest.len = (size_t)(page - rest.ptr) + 13)
		if (memcmp(page, "OggS", 4) == 0)
			return divided(little(page + 6, 8),
			    memmem(file.ptr, file.len < 512 ? file.len : 512, "OpusHead", 8)
				? 48000
				: 8000);
	return 0;
}

/* The movie header: time scale and duration, in 32 or 64 bits. */
static int64_t mp4_length(struct slice file)
{
	const char *at = memmem(file.ptr, file.len, "mvhd", 4);
	size_t left = at ? file.len - (size_t)(at - file.ptr) : 0;

	if (left < 40)
		return 0;
	return at[4] ? divided(big(at + 28, 8), big(at + 24, 4))
		     : divided(big(at + 20, 4), big(at + 16, 4));
}

/* WebM: where its last cluster begins, in milliseconds, and the most that one reaches from there (a
 * block's time has 16 bits).  Recorders that write as they go tell no duration. */
static int64_t webm_length(struct slice file)
{
	static const struct slice cluster = SLICE("\x1F\x43\xB6\x75");
	const char *last = NULL, *time;
	const char *end = file.ptr + file.len;
	size_t digits;

	for (const char *at = file.ptr;
	     (at = memmem(at, (size_t)(end - at), cluster.ptr, cluster.len)) != NULL; at++)
		last = at;
	if (!last || end - last < 32)
		return 0;
	time = memchr(last + 4, 0xE7, 24);
	digits = time ? (size_t)(time[1] & 0x0F) : 0;
	if (digits < 1 || digits > 8 || time + 2 + digits > end)
		return 0;
	return divided(big(time + 2, digits) + 32768, 1000);
}

static int64_t claimed(struct slice file)
{
	if (slice_begins(file, "\x1A\x45\xDF\xA3"))
		return webm_length(file);
	if (slice_begins(file, "fLaC"))
		return flac_length(file);
	if (slice_begins(file, "OggS"))
		return ogg_length(file);
	return file.len > 12 && memcmp(file.ptr + 4, "ftyp", 4) == 0 ? mp4_length(file) : 0;
}

static bool is_mpeg(struct slice file)
{
	return slice_begins(file, "ID3") || (file.len > 1 && (unsigned char)file.ptr[0] == 0xFF &&
						((unsigned char)file.ptr[1] & 0xE6) == 0xE2);
}

int64_t audio_length_most(struct slice file)
{
	int64_t least, told;

	if (slice_begins(file, "RIFF"))
		return wav_length(file);
	least = by_bits(file, is_mpeg(file) ? MPEG_LEAST : OTHER_LEAST);
	told = claimed(file);
	return told > least ? told : least;
}
