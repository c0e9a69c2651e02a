/*
 * The public path: the way from a client to the gateway, measured with /health/doctor
 * (doctor/probe.h).
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "doctor/doctor.h"
#include "doctor/probe.h"
#include "doctor/timed_call.h"

#include "base/banned.h"

#define CALL_MS       30000
#define BODY_MARGIN   4096 /* a body a little below the limit must pass */
#define DAYS_LEFT     14
#define STREAM_TRIES  3
#define CHUNKED_BYTES 3000

struct path {
	struct doctor *doctor;
	const char *url; /* without a slash at the end, and without /v1 */
	const char *token;
	bool trust_any;
	char nonce[64];
};

static const char *probe_url(const struct path *path, const char *what)
{
	return arena_printf(
	    path->doctor->arena, "%s/health/doctor?token=%s&do=%s", path->url, path->token, what);
}

static bool is_loopback_url(const char *url)
{
	const char *host = strstr(url, "://");

	return host &&
	       (strncmp(host + 3, "127.", 4) == 0 || strncmp(host + 3, "localhost", 9) == 0 ||
		   strncmp(host + 3, "[::1]", 5) == 0);
}

/* ---- getting through ---- */

static void check_certificate(struct path *path, const struct doctor_answer *answer)
{
	int64_t left_s = answer->certificate_ends_s - clock_wall_ms() / 1000;

	if (answer->certificate_ends_s && left_s < (int64_t)DAYS_LEFT * 86400)
		doctor_add(path->doctor, FINDING_WARNING, "tls",
		    "renew it; with certbot: systemctl status certbot.timer",
		    "the certificate expires in %lld days", (long long)(left_s / 86400));
	else if (answer->certificate_ends_s)
		doctor_add(path->doctor, FINDING_OK, "tls", NULL,
		    "the certificate is valid for %lld more days", (long long)(left_s / 86400));
}

static int first_call(struct path *path, struct doctor_answer *answer)
{
	static const char *const headers[] = { "Authorization: Bearer sideways-doctor",
		"x-api-key: sideways-doctor", NULL };
	struct doctor_call call = {
		.url = probe_url(path, "echo"), .headers = headers, .timeout_ms = CALL_MS
	};

	doctor_call(&call, answer);
	if (answer->code == CURLE_PEER_FAILED_VERIFICATION) {
		doctor_add(path->doctor, FINDING_PROBLEM, "tls",
		    "give the server a certificate for this name, with its chain (fullchain.pem)",
		    "clients will refuse the certificate: %s", answer->why);
		call.trust_any = path->trust_any = true;
		doctor_call(&call, answer);
	}
	if (answer->code == CURLE_OK)
		return 0;
	doctor_add(path->doctor, FINDING_PROBLEM, "reach",
	    "is the web server running, and is this its address?", "%s: %s", path->url,
	    answer->why);
	return -1;
}

static int refused(struct path *path, const struct doctor_answer *answer)
{
	struct doctor *doctor = path->doctor;

	if (answer->status >= 300 && answer->status < 400)
		doctor_add(doctor, FINDING_PROBLEM, "reach",
		    arena_printf(doctor->arena, "use %.250s as base URL", answer->location),
		    "%s answers with a redirect (%ld), which SDKs do not follow for POST",
		    path->url, answer->status);
	else if (answer->status == 403 && answer->request_id[0])
		doctor_add(doctor, FINDING_PROBLEM, "settings",
		    "give doctor the file that the gateway has: --config FILE, or SIDEWAYS_CONFIG "
		    "in the server's file",
		    "the gateway at %s has other settings in force than this file", path->url);
	else if (answer->status == 503 && answer->request_id[0])
		doctor_add(doctor, FINDING_PROBLEM, "settings", "sideways check; the log says more",
		    "the gateway answers, but has no settings that it can use (503)");
	else if (answer->request_id[0] && doctor->server == SERVER_LIGHTTPD)
		doctor_add(doctor, FINDING_PROBLEM, "reach",
		    "lighttpd.conf: \"fix-root-scriptname\" => \"enable\" in fastcgi.server",
		    "the gateway answers at %s, but lighttpd takes the first part off each path "
		    "(%ld)",
		    path->url, answer->status);
	else if (answer->request_id[0])
		doctor_add(doctor, FINDING_PROBLEM, "reach",
		    "the base path is wrong: see SCRIPT_NAME, SIDEWAYS_BASE_PATH in "
		    "docs/install.md",
		    "the gateway answers at %s, but not under the path that it expects (%ld)",
		    path->url, answer->status);
	else
		doctor_add(doctor, FINDING_PROBLEM, "reach",
		    "502 or 503: is `sideways serve` running, may the server open its socket? 404: "
		    "is the path right? 500: see the server's error log",
		    "%s answered with status %ld, but it is not the gateway (%s)", path->url,
		    answer->status, answer->server[0] ? answer->server : "a server without a name");
	return -1;
}

static void check_echo(struct path *path, json_t *root)
{
	struct doctor *doctor = path->doctor;
	bool https = strncmp(path->url, "https:", 6) == 0;

	(void)snprintf(path->nonce, sizeof path->nonce, "%s", json_read_text(root, "nonce"));
	doctor->server =
	    doctor_server_kind(json_read_text(root, "server"), json_read_text(root, "way"));
	doctor_add(doctor, FINDING_OK, "reach", NULL, "the gateway answers at %s, behind %s",
	    path->url, doctor_server_name(doctor->server));
	if (json_read_true(root, "authorization"))
		doctor_add(doctor, FINDING_OK, "key", NULL, "the Authorization header arrives");
	else
		doctor_add(doctor, FINDING_PROBLEM, "key",
		    doctor_advice(doctor, TROUBLE_AUTHORIZATION),
		    "the Authorization header is removed before it reaches the gateway");
	if (!json_read_true(root, "x_api_key"))
		doctor_add(doctor, FINDING_WARNING, "key",
		    "let the header x-api-key pass: Anthropic's SDKs send their key in it",
		    "the header x-api-key is removed before it reaches the gateway");
	if (!https && !is_loopback_url(path->url))
		doctor_add(doctor, FINDING_PROBLEM, "tls", "use https, with a certificate",
		    "keys and prompts travel in plain text to %s", path->url);
	else if (https && !json_read_true(root, "https"))
		doctor_add(doctor, FINDING_WARNING, "tls",
		    doctor_advice(doctor, TROUBLE_HTTPS_UNSEEN),
		    "the gateway is not told that the connection is HTTPS, so the panel refuses to "
		    "sign in");
}

static int check_reach(struct path *path)
{
	struct doctor_answer answer;
	json_t *root;

	if (first_call(path, &answer) < 0)
		return -1;
	path->doctor->server = doctor_server_kind(answer.server, NULL);
	check_certificate(path, &answer);
	root = json_loads(answer.body, 0, NULL);
	if (answer.status != 200 || !json_read_text(root, "nonce")) {
		json_decref(root);
		return refused(path, &answer);
	}
	check_echo(path, root);
	if (!answer.request_id[0])
		doctor_add(path->doctor, FINDING_WARNING, "headers",
		    "let the headers that begin with x- pass",
		    "x-sideways-request-id is removed from the answers");
	json_decref(root);
	return 0;
}

/* ---- streaming ---- */

/* Of the seven waits between events, how many show at the client's end as waits. */
static int waits_seen(const struct doctor_answer *answer)
{
	int seen = 0;

	for (size_t i = 1; i < answer->pieces; i++)
		seen += answer->at_ms[i] - answer->at_ms[i - 1] >= DOCTOR_GAP_MS / 2;
	return seen;
}

/* A server that keeps events back does so every time; a busy machine does not. */
static bool stream_flows(
    const struct path *path, const char *encodings, struct doctor_answer *answer)
{
	const struct doctor_call call = { .url = probe_url(path, "stream"),
		.encodings = encodings,
		.timeout_ms = CALL_MS,
		.trust_any = path->trust_any };

	for (int i = 0; i < STREAM_TRIES; i++) {
		doctor_call(&call, answer);
		if (answer->code != CURLE_OK || answer->status != 200)
			return false;
		if (waits_seen(answer) >= DOCTOR_EVENTS / 2)
			return true;
	}
	return false;
}

static void check_streams(const struct path *path)
{
	struct doctor *doctor = path->doctor;
	struct doctor_answer answer;
	bool plain = stream_flows(path, NULL, &answer), packed;

	if (plain)
		doctor_add(doctor, FINDING_OK, "streaming", NULL,
		    "events arrive one by one: %d of %d waits were seen", waits_seen(&answer),
		    DOCTOR_EVENTS - 1);
	else
		doctor_add(doctor, FINDING_PROBLEM, "streaming",
		    doctor_advice(doctor, TROUBLE_BUFFERED),
		    "events are held back: %d, made %d ms apart, came in %zu pieces, the first "
		    "after %lld ms",
		    DOCTOR_EVENTS, DOCTOR_GAP_MS, answer.pieces,
		    (long long)(answer.pieces ? answer.at_ms[0] : 0));
	packed = stream_flows(path, "gzip, deflate, br", &answer);
	if (plain && !packed)
		doctor_add(doctor, FINDING_PROBLEM, "compression",
		    doctor_advice(doctor, TROUBLE_COMPRESSED),
		    "with Accept-Encoding the server compresses the stream (%s) and holds events "
		    "back",
		    answer.encoding[0] ? answer.encoding : "no Content-Encoding named");
	else if (answer.encoding[0] && strcmp(answer.encoding, "identity") != 0)
		doctor_add(doctor, FINDING_NOTE, "compression",
		    doctor_advice(doctor, TROUBLE_COMPRESSED),
		    "the server compresses event streams (%s); they still flow, but it costs both "
		    "ends time",
		    answer.encoding);
	else
		doctor_add(
		    doctor, FINDING_OK, "compression", NULL, "event streams are left as they are");
}

/* ---- bodies, caches, patience ---- */

/* Does what is sent arrive whole?  `what` is the finding's name, `good` and `bad` its words. */
static void check_arrival(const struct path *path, const struct doctor_call *call, const char *what,
    enum trouble trouble, const char *good, const char *bad)
{
	struct doctor_answer answer;
	json_t *root;

	doctor_call(call, &answer);
	root = json_loads(answer.body, 0, NULL);
	if (answer.code == CURLE_OK && answer.status == 200 &&
	    json_read_int(root, "body_bytes", 0) == call->body_bytes)
		doctor_add(path->doctor, FINDING_OK, what, NULL, "%s", good);
	else
		doctor_add(path->doctor, FINDING_PROBLEM, what,
		    doctor_advice(path->doctor, trouble), "%s does not arrive (status %ld%s%s)",
		    bad, answer.status, answer.why[0] ? ", " : "", answer.why);
	json_decref(root);
}

static void check_body(const struct path *path)
{
	int64_t bytes = path->doctor->settings->max_body_bytes - BODY_MARGIN;
	const struct doctor_call call = { .url = probe_url(path, "echo"),
		.body_bytes = bytes,
		.timeout_ms = (int64_t)4 * CALL_MS,
		.trust_any = path->trust_any };
	AUTO_FREE char *good = alloc_printf("a body of %lld KB arrives", (long long)(bytes >> 10));
	AUTO_FREE char *bad =
	    alloc_printf("a body of %lld KB, which max_body_mb allows,", (long long)(bytes >> 10));

	check_arrival(path, &call, "body", TROUBLE_BODY_LIMIT, good, bad);
}

/* A body whose length nobody said: Node's streams, Java's HttpClient. */
static void check_chunked(const struct path *path)
{
	const struct doctor_call call = { .url = probe_url(path, "echo"),
		.body_bytes = CHUNKED_BYTES,
		.in_pieces = true,
		.timeout_ms = CALL_MS,
		.trust_any = path->trust_any };

	check_arrival(path, &call, "chunked", TROUBLE_CHUNKED,
	    "a body without a length arrives, in three packets",
	    "a body without a length (Transfer-Encoding: chunked)");
}

/* What comes out of a cache says nothing about the way behind it. */
static bool is_cached(const struct path *path)
{
	const struct doctor_call call = {
		.url = probe_url(path, "echo"), .timeout_ms = CALL_MS, .trust_any = path->trust_any
	};
	struct doctor_answer answer;

	for (int i = 0; i < 2; i++) {
		doctor_call(&call, &answer);
		if (answer.code != CURLE_OK || answer.status != 200)
			return false; /* told already, or will be by the other checks */
		if (!answer.age[0] && !strstr(answer.body, path->nonce))
			continue;
		doctor_add(path->doctor, FINDING_PROBLEM, "caching",
		    doctor_advice(path->doctor, TROUBLE_CACHED),
		    "an answer came out of a cache in front of the gateway: one client could see "
		    "another's");
		return true;
	}
	doctor_add(path->doctor, FINDING_OK, "caching", NULL, "no cache answers for the gateway");
	return false;
}

static void check_patience(const struct path *path, int64_t wait_ms)
{
	struct doctor *doctor = path->doctor;
	const struct doctor_call call = {
		.url = arena_printf(
		    doctor->arena, "%s&ms=%lld", probe_url(path, "wait"), (long long)wait_ms),
		.timeout_ms = wait_ms + CALL_MS,
		.trust_any = path->trust_any,
	};
	struct doctor_answer answer;

	if (wait_ms == 0) {
		doctor_add(doctor, FINDING_NOTE, "timeouts", "sideways doctor --wait 65 URL",
		    "how long the server waits for a whole answer was not measured");
		return;
	}
	doctor_call(&call, &answer);
	if (answer.code == CURLE_OK && answer.status == 200)
		doctor_add(doctor, FINDING_OK, "timeouts", NULL,
		    "an answer after %lld s of silence arrives", (long long)(wait_ms / 1000));
	else
		doctor_add(doctor, FINDING_PROBLEM, "timeouts", doctor_advice(doctor, TROUBLE_CUT),
		    "a request was cut before its answer after %lld s of silence (status %ld%s%s)",
		    (long long)(wait_ms / 1000), answer.status, answer.why[0] ? ", " : "",
		    answer.why);
}

void doctor_path(struct doctor *doctor, const char *url, int64_t wait_ms)
{
	struct digest_hex token = doctor_probe_token(doctor->settings);
	size_t len = strlen(url);
	struct path path = { .doctor = doctor, .token = token.text };

	while (len && url[len - 1] == '/')
		len--;
	if (len > 3 && strncmp(url + len - 3, "/v1", 3) == 0)
		len -= 3;
	path.url = arena_printf(
	    doctor->arena, "%s%.*s", strstr(url, "://") ? "" : "https://", (int)len, url);
	if (check_reach(&path) < 0 || is_cached(&path))
		return;
	check_streams(&path);
	check_body(&path);
	check_chunked(&path);
	check_patience(&path, wait_ms);
}
