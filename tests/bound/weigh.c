/*
 * The bound of bodies and texts, for the search (search.py): reads frames and answers each with its
 * tokens.
 *
 * A frame is two 32-bit numbers in the machine's order (what it is, its length) and the bytes.
 * What: the tokenizer's number for a body of OpenAI's chat, 1000 more for one of Anthropic's, 2000
 * more for a text alone, written as a JSON string, and 3000 more for the bare count of a body. Both
 * are without what is given to any request, so that nothing hides behind it.  The answer is a
 * 64-bit number, -1 for what is refused; a frame of length 0 flushes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/client_format.h"
#include "text_bound.h"

static int64_t body_tokens(
    struct slice body, enum wire_format_id format, enum tokenizer_kind kind, struct arena *arena)
{
	struct chat_request request;

	if (client_format(format)->read(body, NULL, false, arena, &request, NULL) != 0)
		return -1;
	if (!request.has_media)
		bound_count_body(&request.bound, kind, body);
	return bound_input_tokens(&request.bound, kind);
}

static int64_t tokens_of(uint32_t what, struct slice text)
{
	AUTO_ARENA struct arena arena = { 0 };
	enum tokenizer_kind kind = (enum tokenizer_kind)(what % 1000);

	if (what >= 3000)
		return bound_bare_tokens(text, kind);
	if (what >= 2000)
		return bound_alone_tokens(text, kind);
	return body_tokens(text, what >= 1000 ? WIRE_ANTHROPIC : WIRE_OPENAI_CHAT, kind, &arena);
}

int main(void)
{
	char *bytes = NULL;
	uint32_t head[2];

	while (fread(head, sizeof head, 1, stdin) == 1) {
		int64_t tokens;

		if (head[1] == 0) {
			fflush(stdout);
			continue;
		}
		bytes = realloc(bytes, head[1] + 1);
		if (!bytes || fread(bytes, 1, head[1], stdin) != head[1])
			return 1;
		bytes[head[1]] = '\0';
		tokens = tokens_of(head[0], (struct slice){ bytes, head[1] });
		fwrite(&tokens, sizeof tokens, 1, stdout);
	}
	free(bytes);
	return 0;
}
