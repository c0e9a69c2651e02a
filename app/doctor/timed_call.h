#ifndef DOCTOR_TIMED_CALL_H
#define DOCTOR_TIMED_CALL_H

/*
 * One HTTP call of the doctor's with the time of each piece that arrives.  Redirects are not
 * followed, nothing comes from the environment.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#define DOCTOR_PIECES_MAX 64
#define DOCTOR_BODY_MAX   4096

struct doctor_call {
	const char *url;
	const char *encodings;      /* Accept-Encoding; NULL: none */
	const char *const *headers; /* NULL-terminated; NULL: none */
	int64_t body_bytes;         /* POST with that many; 0: GET */
	bool in_pieces;             /* chunked, in three packets */
	int64_t timeout_ms;
	bool trust_any; /* the certificate was found wanting already */
};

struct doctor_answer {
	CURLcode code;
	char why[CURL_ERROR_SIZE];
	long status;
	int64_t at_ms[DOCTOR_PIECES_MAX]; /* since the call began */
	size_t pieces;
	char body[DOCTOR_BODY_MAX]; /* the beginning, ends with NUL */
	size_t body_len;
	char server[80], encoding[40], request_id[64], location[300], age[24];
	int64_t certificate_ends_s; /* 0: unknown */
};

void doctor_call(const struct doctor_call *call, struct doctor_answer *out);

#endif
