/*
 * A chunk that is like the one before is told as if it had been read: two streams get the same
 * chunks, and one of them forgets each at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "providers/provider.h"

#define STREAMS      3000
#define CHUNKS       40
#define KINDS_AT_ONE 3 /* of chunks in one stream, so that some are alike */

/* @: a text; #: what obscures its length. */
static const char *const kinds[] = {
	"{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@\"},"
	"\"finish_reason\":null}],\"usage\":null}",
	"{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@\"},"
	"\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"#\"}",
	"{\"usage\":null,\"obfuscation\":\"#\",\"choices\":[{\"delta\":{\"content\":\"@\"}}]}",
	"{\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2},\"choices\":[{\"delta\":{"
	"\"content\":\"@\"}}]}",
	"{\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9},\"choices\":[{\"delta\":{"
	"\"content\":\"@\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"}}],\"x_groq\":{\"usage\":{\"prompt_tokens\":"
	"5,\"completion_tokens\":6}}}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"},\"usage\":{\"prompt_tokens\":7,"
	"\"completion_tokens\":8}}]}",
	"{ \"choices\" : [ { \"delta\" : { \"content\" : \"@\" } } ] , \"usage\" : null }",
	"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"@\"}}],\"usage\":null}",
	"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@\"}},{\"index\":1,\"delta\":{"
	"\"content\":\"@\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"},\"finish_reason\":\"stop\"}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"},\"finish_reason\":\"length\"}],\"usage\":{"
	"\"prompt_tokens\":3,\"completion_tokens\":4}}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"},\"finish_reason\":\"error\"}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"},\"error\":{\"message\":\"@\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"}}],\"error\":{\"message\":\"@\"}}",
	"{\"object\":\"error\",\"message\":\"@\",\"choices\":[]}",
	"{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"@\",\"tool_calls\":[]}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\",\"tool_calls\":[{\"index\":0,\"id\":\"t\","
	"\"function\":{\"name\":\"f\",\"arguments\":\"@\"}}]}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"\",\"tool_calls\":[{\"index\":1,\"function\":{"
	"\"arguments\":\"@\"}}]}}]}",
	"{\"choices\":[{\"delta\":{\"content\":null,\"refusal\":\"@\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":null,\"reasoning_content\":\"@\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"\",\"reasoning\":\"@\",\"reasoning_content\":"
	"\"\"}}]}",
	"{\"choices\":[{\"delta\":{\"reasoning\":\"@\",\"reasoning_details\":[{\"text\":\"@\"}]}}"
	"]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\",\"reasoning\":\"@\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\",\"audio\":{\"data\":\"@\"}}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\",\"vendor\":\"more\"},\"logprobs\":{"
	"\"content\":[{\"token\":\"@\"}]}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"x\",\"content\":\"@\"}}],\"usage\":null,"
	"\"usage\":null}",
	"{\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"@\"}]}}]}",
	"{\"choices\":[{\"text\":\"@\",\"delta\":\"@\"}]}",
	"{\"choices\":{\"0\":{\"delta\":{\"content\":\"@\"}}}}",
	"{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}",
	"{\"choices\":[],\"usage\":null}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"}}],\"model\":\"@\"}",
	"{\"choices\":[{\"delta\":{\"content\":\"@\"}}]} {}",
	"[\"@\"]",
};

static const char *const texts[] = { "", "a", " two words", "\\n", "\\\"", "\\\\", "\\u00e9",
	"\\ud83d\\ude00", "\\ud83d", "\xc3\xa9", "\xff", "\xc3", "\t", "\\", "\\x", "\\u12",
	"a\",\"tool_calls\":[{\"index\":0}],\"b\":\"",
	"\"}}],\"usage\":{\"prompt_tokens\":9},\"x\":[{\"y\":{\"z\":\"",
	"----------------------------------------", "a long text that has more than sixteen bytes",
	"\\u0000", "null", "\",\"finish_reason\":\"stop\",\"c\":\"" };

static uint32_t chunk_random(uint32_t *seed, size_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)((*seed >> 8) % below);
}

/* Most texts are plain, as in life. */
static const char *some_text(uint32_t *seed)
{
	return texts[chunk_random(
	    seed, chunk_random(seed, 3) ? 7 : sizeof texts / sizeof texts[0])];
}

static void fill_chunk(char *out, size_t room, const char *kind, uint32_t *seed)
{
	size_t len = 0;

	for (; *kind; kind++) {
		if (*kind == '@' || *kind == '#')
			len += (size_t)snprintf(out + len, room - len, "%s", some_text(seed));
		else
			out[len++] = *kind;
		assert_true(len < room);
	}
	out[len] = '\0';
}

static bool chunks_tell_the_same(const struct provider_stream *a, const struct provider_stream *b)
{
	return memcmp(&a->usage, &b->usage, sizeof a->usage) == 0 &&
	       a->delta_events == b->delta_events &&
	       text_tokens_count(&a->text) == text_tokens_count(&b->text) &&
	       a->text.bytes == b->text.bytes && a->text_bytes == b->text_bytes &&
	       a->finished == b->finished && memcmp(a->begun, b->begun, sizeof a->begun) == 0 &&
	       memcmp(a->ended, b->ended, sizeof a->ended) == 0 && a->failed == b->failed &&
	       a->billed == b->billed && strcmp(a->model, b->model) == 0;
}

static void one_stream(uint32_t *seed, int64_t *taken)
{
	struct provider_stream quick = { .provider = provider_find("openai") }, slow;
	AUTO_ARENA struct arena arena = { 0 };
	const char *own[KINDS_AT_ONE];

	quick.usage_wanted = chunk_random(seed, 2);
	quick.passed_on = chunk_random(seed, 2);
	slow = quick;
	for (size_t i = 0; i < KINDS_AT_ONE; i++)
		own[i] = kinds[chunk_random(seed, sizeof kinds / sizeof kinds[0])];
	for (int i = 0; i < CHUNKS; i++) {
		char chunk[2048], copy[2048];
		struct slice told, told_slowly, texts_of[CHUNK_TEXTS_MAX];
		enum stream_step step, step_slowly;

		fill_chunk(chunk, sizeof chunk, own[chunk_random(seed, KINDS_AT_ONE)], seed);
		memcpy(copy, chunk, sizeof copy);
		*taken += !quick.failed && chunk_alike_is(&quick.alike, slice_of(chunk), texts_of);
		step = openai_chat_format.read_event(&quick, "", slice_of(chunk), &arena, &told);
		slow.alike.count = 0;
		step_slowly =
		    openai_chat_format.read_event(&slow, "", slice_of(copy), &arena, &told_slowly);
		if (step != step_slowly || told.len != told_slowly.len ||
		    memcmp(told.ptr, told_slowly.ptr, told.len) != 0 ||
		    !chunks_tell_the_same(&quick, &slow))
			fail_msg("%s: %d and %d, '%.*s' and '%.*s'", copy, step, step_slowly,
			    (int)told.len, told.ptr, (int)told_slowly.len, told_slowly.ptr);
	}
}

static void test_a_chunk_like_the_one_before_tells_what_reading_it_would(void **state)
{
	uint32_t seed = 7;
	int64_t taken = 0;

	for (int i = 0; i < STREAMS; i++)
		one_stream(&seed, &taken);
	assert_true(taken > STREAMS * CHUNKS / 20); /* else nothing was shown */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_chunk_like_the_one_before_tells_what_reading_it_would),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
