#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

/*
 * SHA-256, random bytes and ids.  Keys are looked up by the full hash, never by a truncated one.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest_hex {
	char text[65];
};
struct digest_hex digest_sha256(const char *bytes, size_t len);

/* Bytes from the kernel's generator; ends the process when there are none to be had. */
void digest_random(void *out, size_t size_bytes);

/* A number in [0, below), for jitter and weights: random, not secret. */
uint32_t digest_random_below(uint32_t below);

/* Compares in constant time; lengths may differ (then false, after the same work). */
bool digest_equal(const char *a, size_t a_len, const char *b, size_t b_len);

/* A time-ordered unique id of 26 characters [0-9a-z] (48 bits of wall time, 80 random bits),
 * so that rows appended to the store stay in order.  "01k..." */
struct digest_id {
	char text[27];
};
struct digest_id digest_new_id(void);

/* The id, always the same, of something that has a SHA-256 (in hexadecimal) of its own and is of
 * that time. */
struct digest_id digest_id_from(int64_t wall_ms, const char *hash);

/* No id made at or after this wall time sorts before it: for ranges of time over ids. */
struct digest_id digest_first_id(int64_t wall_ms);
int64_t digest_id_time(const char *id); /* the wall time that it holds; 0 when it is no such id */

/* 43 characters [A-Za-z0-9] out of the kernel's generator (256 bits): the secret part of a key. */
struct digest_secret {
	char text[44];
};
struct digest_secret digest_new_secret(void);

#endif
