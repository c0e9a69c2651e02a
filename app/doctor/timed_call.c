/*
 * The doctor's HTTP calls.  See the header.
 */
#include "doctor/timed_call.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

#include "base/banned.h"

#define PIECES   3
#define PIECE_MS 100 /* between two, so that a server sees them apart */

struct call_in_progress {
	struct doctor_answer *out;
	int64_t begun_ms, left;
	int64_t piece_bytes; /* at most, of a body in pieces; 0: it is in one */
};

static size_t timed_call_take_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct call_in_progress *running = ctx;
	struct doctor_answer *out = running->out;
	size_t len = size * count, room = sizeof out->body - 1 - out->body_len;

	if (out->pieces < DOCTOR_PIECES_MAX)
		out->at_ms[out->pieces++] = clock_mono_ms() - running->begun_ms;
	memcpy(out->body + out->body_len, bytes, len < room ? len : room);
	out->body_len += len < room ? len : room;
	out->body[out->body_len] = '\0';
	return len;
}

static size_t give_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct call_in_progress *running = ctx;
	size_t room = size * count;

	if (running->piece_bytes && running->piece_bytes < (int64_t)room)
		room = (size_t)running->piece_bytes;
	if (running->piece_bytes && running->left)
		clock_sleep_ms(PIECE_MS);
	size_t len = running->left < (int64_t)room ? (size_t)running->left : room;

	memset(bytes, 'x', len);
	running->left -= (int64_t)len;
	return len;
}

static void keep_header(
    const char *line, size_t len, const char *name, char *into, size_t into_size)
{
	size_t name_len = strlen(name);

	if (len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
		return;
	line += name_len + 1;
	len -= name_len + 1;
	while (len && (*line == ' ' || *line == '\t'))
		line++, len--;
	while (len && strchr("\r\n \t", line[len - 1]))
		len--;
	(void)snprintf(into, into_size, "%.*s", (int)len, line);
}

static size_t take_header(char *line, size_t size, size_t count, void *ctx)
{
	struct doctor_answer *out = ((struct call_in_progress *)ctx)->out;
	size_t len = size * count;

	keep_header(line, len, "server", out->server, sizeof out->server);
	keep_header(line, len, "content-encoding", out->encoding, sizeof out->encoding);
	keep_header(line, len, "x-sideways-request-id", out->request_id, sizeof out->request_id);
	keep_header(line, len, "location", out->location, sizeof out->location);
	keep_header(line, len, "age", out->age, sizeof out->age);
	return len;
}

static struct curl_slist *header_list(const struct doctor_call *call)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	if (call->in_pieces)
		list = curl_slist_append(list, "Transfer-Encoding: chunked");
	for (size_t i = 0; call->headers && call->headers[i]; i++)
		list = curl_slist_append(list, call->headers[i]);
	return list;
}

static void set_options(CURL *curl, const struct doctor_call *call,
    struct call_in_progress *running, struct curl_slist *headers)
{
	(void)curl_easy_setopt(curl, CURLOPT_URL, call->url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "sideways doctor");
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 8000L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, timed_call_take_body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, running);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, running);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, running->out->why);
	(void)curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* Bytes as they come: times are measured before anything is unpacked. */
	if (call->encodings)
		(void)curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	if (call->encodings)
		(void)curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, call->encodings);
	if (call->trust_any) {
		(void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
		(void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (call->body_bytes > 0) {
		(void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
		(void)curl_easy_setopt(curl, CURLOPT_READDATA, running);
		(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    call->in_pieces ? -1 : (curl_off_t)call->body_bytes);
	}
}

static int64_t certificate_end(CURL *curl)
{
	struct curl_certinfo *chain = NULL;

	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain ||
	    chain->num_of_certs < 1)
		return 0;
	for (const struct curl_slist *at = chain->certinfo[0]; at; at = at->next)
		if (strncmp(at->data, "Expire date:", 12) == 0)
			return (int64_t)curl_getdate(at->data + 12, NULL);
	return 0;
}

void doctor_call(const struct doctor_call *call, struct doctor_answer *out)
{
	struct call_in_progress running = { .out = out,
		.left = call->body_bytes,
		.piece_bytes = call->in_pieces ? call->body_bytes / PIECES : 0 };
	struct curl_slist *headers = header_list(call);
	CURL *curl = curl_easy_init();

	memset(out, 0, sizeof *out);
	set_options(curl, call, &running, headers);
	running.begun_ms = clock_mono_ms();
	out->code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
	out->certificate_ends_s = certificate_end(curl);
	if (out->code != CURLE_OK && !out->why[0])
		(void)snprintf(out->why, sizeof out->why, "%s", curl_easy_strerror(out->code));
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
}
