/*
 * See the header; the algorithm is AWS's "Create a signed AWS API request"
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
#include "providers/sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/clock.h"
#include "base/text.h"
#include "providers/call_parts.h"

#include "base/banned.h"

#define DIGEST_BYTES 32
#define CANON_MAX    ((size_t)256 << 10)

struct signature { /* of one call */
	const struct cloud_grant *grant;
	const char *region, *service;
	char date[20]; /* 20150830T123600Z */
	struct fetch_header headers[FETCH_HEADERS_MAX + 1];
	size_t count;
};

static void put_hex(struct text *to, const unsigned char *bytes)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		text_printf(to, "%02x", bytes[i]);
}

static int hash(const struct slice *pieces, size_t count, unsigned char *out)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool good = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; good && i < count; i++)
		good = EVP_DigestUpdate(md, pieces[i].ptr, pieces[i].len) == 1;
	good = good && EVP_DigestFinal_ex(md, out, NULL) == 1;
	EVP_MD_CTX_free(md);
	return good ? 0 : -1;
}

static int mac(const void *key, size_t key_len, struct slice text, unsigned char *out)
{
	unsigned len = DIGEST_BYTES;

	return HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text.ptr, text.len, out,
		   &len)
		   ? 0
		   : -1;
}

/* ---- the canonical request ---- */

/* The path as it goes out, encoded once more: %3A becomes %253A. */
static void put_path(struct text *to, struct slice path)
{
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.ptr[i];

		if (isalnum(c) || strchr("-_.~/", c))
			text_putc(to, (char)c);
		else
			text_printf(to, "%%%02X", c);
	}
	if (path.len == 0)
		text_putc(to, '/');
}

/* Without blanks at its ends, and inner runs of them as one. */
static void put_plain_value(struct text *to, const char *value)
{
	bool gap = false;

	value += strspn(value, " \t");
	for (; *value; value++) {
		if (*value == ' ' || *value == '\t') {
			gap = true;
			continue;
		}
		if (gap)
			text_putc(to, ' ');
		gap = false;
		text_putc(to, *value);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcasecmp(
	    ((const struct fetch_header *)a)->name, ((const struct fetch_header *)b)->name);
}

static void put_names(struct text *to, const struct signature *s)
{
	for (size_t i = 0; i < s->count; i++) {
		text_puts(to, i ? ";" : "");
		for (const char *c = s->headers[i].name; *c; c++)
			text_putc(to, (char)tolower((unsigned char)*c));
	}
}

static void put_headers(struct text *to, const struct signature *s)
{
	for (size_t i = 0; i < s->count; i++) {
		for (const char *c = s->headers[i].name; *c; c++)
			text_putc(to, (char)tolower((unsigned char)*c));
		text_putc(to, ':');
		put_plain_value(to, s->headers[i].value);
		text_putc(to, '\n');
	}
}

static void note_header(struct signature *s, const char *name, const char *value)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcasecmp(s->headers[i].name, name) == 0)
			return;
	s->headers[s->count++] = (struct fetch_header){ name, value };
}

static void choose_headers(struct signature *s, const struct fetch_call *call, const char *host)
{
	note_header(s, "host", host);
	for (size_t i = 0; i < call->header_count; i++)
		if (strcasecmp(call->headers[i].name, "content-type") == 0 ||
		    (strncasecmp(call->headers[i].name, "x-amz", 5) == 0 &&
			strcasecmp(call->headers[i].name, "x-amzn-trace-id") != 0))
			note_header(s, call->headers[i].name, call->headers[i].value);
	qsort(s->headers, s->count, sizeof s->headers[0], by_name);
}

/* ---- signing ---- */

static int sign_text(const struct signature *s, struct slice text, unsigned char *out)
{
	char seed[256];
	int len = snprintf(seed, sizeof seed, "AWS4%s", s->grant->secret);
	unsigned char key[DIGEST_BYTES];
	int result = -1;

	if (len > 0 && (size_t)len < sizeof seed &&
	    mac(seed, (size_t)len, (struct slice){ s->date, 8 }, key) == 0 &&
	    mac(key, sizeof key, slice_of(s->region), key) == 0 &&
	    mac(key, sizeof key, slice_of(s->service), key) == 0 &&
	    mac(key, sizeof key, slice_of("aws4_request"), key) == 0)
		result = mac(key, sizeof key, text, out);
	explicit_bzero(seed, sizeof seed);
	explicit_bzero(key, sizeof key);
	return result;
}

static int put_canonical(
    struct text *canon, const struct signature *s, const struct fetch_call *call, struct slice path)
{
	unsigned char digest[DIGEST_BYTES];

	if (hash(call->body, call->body_count, digest) != 0)
		return -1;
	text_printf(canon, "%s\n", call->method);
	put_path(canon, path);
	text_puts(canon, "\n\n");
	put_headers(canon, s);
	text_putc(canon, '\n');
	put_names(canon, s);
	text_putc(canon, '\n');
	put_hex(canon, digest);
	return text_failed(canon) ? -1 : 0;
}

static int put_authorization(
    struct text *out, const struct signature *s, const struct fetch_call *call, struct slice path)
{
	AUTO_TEXT struct text canon = { .size = 0 }, to_sign = { .size = 0 };
	unsigned char digest[DIGEST_BYTES];
	struct slice whole;

	text_init(&canon, CANON_MAX);
	text_init(&to_sign, 1024);
	if (put_canonical(&canon, s, call, path) != 0)
		return -1;
	whole = text_slice(&canon);
	if (hash(&whole, 1, digest) != 0)
		return -1;
	text_printf(&to_sign, "AWS4-HMAC-SHA256\n%s\n%.8s/%s/%s/aws4_request\n", s->date, s->date,
	    s->region, s->service);
	put_hex(&to_sign, digest);
	if (text_failed(&to_sign) || sign_text(s, text_slice(&to_sign), digest) != 0)
		return -1;
	text_printf(out, "AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/%s/aws4_request, SignedHeaders=",
	    s->grant->key_id, s->date, s->region, s->service);
	put_names(out, s);
	text_puts(out, ", Signature=");
	put_hex(out, digest);
	return text_failed(out) ? -1 : 0;
}

static void write_date(int64_t wall_ms, char *out, size_t size)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm utc;

	(void)gmtime_r(&seconds, &utc); /* of a clock, which has no year of five digits */
	(void)strftime(out, size, "%Y%m%dT%H%M%SZ", &utc);
}

/* "https://HOST/PATH": the port is a part of the host's header, when it is not the scheme's own. */
static struct slice split_url(const char *url, struct slice *out_host)
{
	const char *host = strstr(url, "://");
	size_t len;

	host = host ? host + 3 : url;
	len = strcspn(host, "/?");
	*out_host = (struct slice){ host, len };
	if (len > 4 && memcmp(host + len - 4, ":443", 4) == 0 && strncmp(url, "https:", 6) == 0)
		out_host->len -= 4;
	if (len > 3 && memcmp(host + len - 3, ":80", 3) == 0 && strncmp(url, "http:", 5) == 0)
		out_host->len -= 3;
	return (struct slice){ host + len, strcspn(host + len, "?") };
}

static const char *lower(const char *text, struct arena *arena)
{
	char *copy = arena_copy(arena, text);

	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

int sigv4_sign_at(const struct cloud_grant *grant, const char *region, const char *service,
    int64_t wall_ms, struct arena *arena, struct fetch_call *call, struct error *err)
{
	struct signature s = { .grant = grant, .region = region, .service = service };
	AUTO_TEXT struct text authorization = text_empty(4096);
	struct slice host, path = split_url(call->url, &host);

	write_date(wall_ms, s.date, sizeof s.date);
	if (call_add_header(call, "X-Amz-Date", arena_copy(arena, s.date), err) != 0 ||
	    (grant->session_token &&
		call_add_header(call, "X-Amz-Security-Token", grant->session_token, err) != 0))
		return -1;
	choose_headers(&s, call, lower(arena_copy_slice(arena, host), arena));
	if (put_authorization(&authorization, &s, call, path) != 0)
		return error_set(err, ERROR_SETTINGS,
		    "the call could not be signed: a key of AWS, a region or a header is too long");
	return call_add_header(
	    call, "Authorization", arena_copy_slice(arena, text_slice(&authorization)), err);
}

int sigv4_sign_call(const struct cloud_grant *grant, const char *region, const char *service,
    struct arena *arena, struct fetch_call *call, struct error *err)
{
	return sigv4_sign_at(grant, region, service, clock_wall_ms(), arena, call, err);
}
