/*
 * Asks the provider how many tokens a call has, where the quick bound does not fit.
 *
 * With count_upstream: tight (the default) it is asked when the bound is more than a share of what
 * a budget has left, with always at each call, with never at none.  It has a short time; without an
 * answer the quick bound stays, and an address that gave none is left alone for a while.  What was
 * counted is remembered by its messages: of a request that begins with the same ones only the rest
 * is bounded by its bytes, and if that fits, nobody is asked.
 */
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "chat/growth.h"
#include "providers/count_call.h"
#include "relay/count_memory.h"
#include "relay/run.h"
#include "relay/translate.h"

#include "base/banned.h"

#define SHARE          4    /* of what is left: a smaller hold is not worth a question */
#define LEAST_TOKENS   1024 /* nor is a smaller input */
#define WAIT_MS        3000
#define KEPT_MS        (60 * 60 * 1000)
#define LEFT_ALONE_MS  (10 * 60 * 1000)
#define ANSWER_MAX     (64 * 1024)
#define MARGIN_PERCENT 5 /* both vendors call it an estimate that may differ by a small amount */
#define MARGIN_TOKENS  64

/* ---- is it worth a question ---- */

static bool is_large(const struct run *run, const struct candidate *candidate)
{
	int64_t left = weigh_money_left(run, candidate);

	return left != INT64_MAX && candidate->bound.cost_nano > left / SHARE;
}

static bool count_upstream_is_wanted(struct run *run, const struct candidate *candidate)
{
	const char *rule = run->settings->count_upstream;

	if (rule && strcmp(rule, "never") == 0)
		return false;
	if (candidate->bound.input_tokens < LEAST_TOKENS || !run->call->gateway->counts ||
	    !count_call_possible(translate_format(run, candidate->member)) ||
	    provider_transport(candidate->member->provider, candidate->member->deployment) !=
		candidate->member->provider->transport)
		return false;
	return (rule && strcmp(rule, "always") == 0) || is_large(run, candidate);
}

/* ---- what was counted before ---- */

/* Marks for the cache move from message to message and are no text.  Anthropic takes four; what
 * looks like more stands in a tool or its input, and is read. */
#define MARKS_MOST 4

static size_t mark_length(struct slice at)
{
	static const char *const marks[] = { ",\"cache_control\":{\"type\":\"ephemeral\"}",
		",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"5m\"}",
		",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}" };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (slice_begins(at, marks[i]))
			return strlen(marks[i]);
	return 0;
}

static void put_unmarked(struct text *out, struct slice message, int *marks)
{
	static const char mark[] = ",\"cache_control\":";
	const char *from = message.ptr, *at = from, *end = message.ptr + message.len, *found;

	while (*marks < MARKS_MOST &&
	       (found = memmem(at, (size_t)(end - at), mark, sizeof mark - 1)) != NULL) {
		size_t len = mark_length((struct slice){ found, (size_t)(end - found) });

		at = found + (len ? len : 1);
		if (!len)
			continue;
		text_add(out, from, (size_t)(found - from));
		from = at;
		++*marks;
	}
	text_add(out, from, (size_t)(end - from));
}

static struct digest_hex digest_after(
    const struct digest_hex *before, struct slice message, int *marks)
{
	AUTO_TEXT struct text text;

	text_init(&text, message.len + sizeof *before);
	text_add(&text, before->text, sizeof before->text);
	put_unmarked(&text, message, marks);
	return digest_sha256(text_slice(&text).ptr, text_slice(&text).len);
}

/* Everything but the messages: address, model, system, tools. */
static struct digest_hex digest_of_rest(const struct count_call *count, int *marks)
{
	AUTO_TEXT struct text text;
	const char *talk =
	    memmem(count->body.ptr, count->body.len, count->talk.ptr, count->talk.len);
	size_t before = talk ? (size_t)(talk - count->body.ptr) : count->body.len;

	text_init(&text, count->body.len + strlen(count->call.url) + 1);
	text_puts(&text, count->call.url);
	put_unmarked(&text, (struct slice){ count->body.ptr, before }, marks);
	if (talk)
		put_unmarked(&text,
		    (struct slice){
			talk + count->talk.len, count->body.len - before - count->talk.len },
		    marks);
	return digest_sha256(text_slice(&text).ptr, text_slice(&text).len);
}

static void add_bytes(struct slice message, struct bound_input *to)
{
	struct json_tally tally;
	struct growth growth;

	if (json_scan_tally(message, &tally, NULL) != 0)
		return;
	growth_of(message, &tally, &growth);
	to->text_bytes += (int64_t)message.len;
	to->non_ascii_bytes += (int64_t)tally.non_ascii_bytes;
	to->json_growth += growth.json_bytes;
	to->nfc_growth += growth.nfc_bytes;
	to->nfkc_growth += growth.nfkc_bytes;
}

/* The bound from the longest beginning that is known; 0: none is.  *out_whole is the digest of all.
 */
static int64_t known_tokens(struct run *run, const struct candidate *candidate,
    const struct count_call *count, struct digest_hex *out_whole)
{
	struct count_memory *memory = run->call->gateway->counts;
	int marks = 0;
	struct digest_hex digest = digest_of_rest(count, &marks);
	struct bound_input rest = { 0 };
	int64_t known = 0, found;

	for (struct json_cursor message = json_cursor(count->talk); json_next(&message);) {
		digest = digest_after(&digest, message.value, &marks);
		add_bytes(message.value, &rest);
		if (count_memory_find(memory, &digest, clock_wall_ms(), &found)) {
			known = found;
			rest = (struct bound_input){ 0 };
		}
	}
	*out_whole = digest;
	if (rest.text_bytes && run->call->request->bound.images > 0)
		return 0; /* a picture may stand there as a short address */
	return known ? known + bound_text_tokens(&rest, candidate->member->tokenizer) : 0;
}

/* ---- asking ---- */

struct answer {
	struct text body;
	int status;
};

static int take_head(void *ctx, const struct fetch_head *head)
{
	((struct answer *)ctx)->status = head->status;
	return 0;
}

static int count_upstream_take_body(void *ctx, const char *bytes, size_t len)
{
	text_add(&((struct answer *)ctx)->body, bytes, len);
	return 0;
}

static int64_t ask(
    struct run *run, const struct candidate *candidate, const struct fetch_call *question)
{
	struct fetch_call copy = *question, *call = &copy;
	const struct gateway *gateway = run->call->gateway;
	fetch_transport *transport =
	    gateway->transport ? gateway->transport : candidate->member->provider->transport;
	int64_t left = (run->deadline_us - clock_mono_us()) / 1000, tokens = 0;
	struct answer answer = { .status = 0 };
	struct fetch_result result = { 0 };

	call->total_timeout_ms = left < WAIT_MS ? left : WAIT_MS;
	call->first_byte_timeout_ms = call->idle_timeout_ms = call->total_timeout_ms;
	call->connect_timeout_ms = call->total_timeout_ms;
	call->max_body_bytes = ANSWER_MAX;
	call->client_fd = -1;
	call->on_head = take_head;
	call->on_body = count_upstream_take_body;
	call->ctx = &answer;
	if (left <= 0)
		return 0;
	text_init(&answer.body, ANSWER_MAX);
	transport(gateway->pool, call, &result);
	if (result.end != FETCH_DONE || answer.status != 200 || text_failed(&answer.body) ||
	    !count_call_read(
		translate_format(run, candidate->member), text_slice(&answer.body), &tokens))
		tokens = 0;
	text_release(&answer.body);
	return tokens;
}

/* 0 stays 0: no answer. */
static int64_t with_margin(int64_t tokens)
{
	if (tokens <= 0 || tokens > INT64_MAX / 200)
		return 0;
	return tokens + tokens * MARGIN_PERCENT / 100 + MARGIN_TOKENS;
}

/* ---- one call ---- */

static bool make_question(
    struct run *run, const struct candidate *candidate, struct count_call *out)
{
	struct fetch_call built;

	return upstream_call_build(run, candidate, &built, NULL) == 0 &&
	       count_call_make(translate_format(run, candidate->member), &built, run->arena, out);
}

static bool reweigh(struct run *run, struct candidate *candidate, int64_t tokens)
{
	const char *why;

	candidate->upstream_tokens = tokens;
	return weigh_candidate(run, candidate, &why);
}

void count_upstream(struct run *run, struct candidate *candidate)
{
	struct count_memory *memory = run->call->gateway->counts;
	struct digest_hex silent, whole;
	struct count_call count;
	int64_t tokens;

	if (candidate->upstream_tokens || !count_upstream_is_wanted(run, candidate) ||
	    !make_question(run, candidate, &count))
		return;
	tokens = known_tokens(run, candidate, &count, &whole);
	if (tokens && reweigh(run, candidate, tokens) && !is_large(run, candidate))
		return;
	silent = digest_sha256(count.call.url, strlen(count.call.url));
	if (count_memory_find(memory, &silent, clock_wall_ms(), &tokens))
		return;
	tokens = with_margin(ask(run, candidate, &count.call));
	if (!tokens) {
		count_memory_keep(memory, &silent, 0, clock_wall_ms() + LEFT_ALONE_MS);
		return;
	}
	count_memory_keep(memory, &whole, tokens, clock_wall_ms() + KEPT_MS);
	(void)reweigh(run, candidate, tokens); /* it was bounded before, and is now lower */
}
