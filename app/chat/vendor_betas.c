/*
 * Which of the client's betas go to Anthropic.  See chat_request_read_betas in the header.
 *
 * A beta can change the price (fast-mode), the window that bounds the input (context-1m) or the
 * count of calls in one (compact, server-side-fallback, advisor-tool), so only those go on that are
 * known to do neither.  A new date keeps what a beta is about, so the rows are beginnings.
 */
#include "chat/chat_request.h"

#include "base/banned.h"

#define DROPPED_MAX 400 /* bytes of a header of the answer */

static const char *const harmless[] = {
	"advanced-tool-use-", /* of tools that run at Anthropic none passes by itself */
	"cache-diagnosis-",
	"claude-code-",
	"computer-use-",
	"context-management-", /* compaction is refused in the body */
	"dev-full-thinking-",
	"effort-",
	"extended-cache-ttl-", /* the bound has the price of writes for an hour */
	"files-api-",
	"fine-grained-tool-streaming-",
	"inline-tools-",
	"interleaved-thinking-",
	"mid-conversation-",
	"model-context-window-exceeded-",
	"oauth-",
	"output-", /* 128k, 300k: the limit is the one that was held */
	"pdfs-",
	"per-turn-control-",
	"prompt-caching-",
	"redact-thinking-",
	"search-results-",
	"structured-outputs-",
	"task-budgets-",
	"thinking-",
	"token-counting-",
	"token-efficient-tools-",
	"tool-examples-",
	"tool-search-tool-",
	"user-profiles-",
};

static bool is_harmless(struct slice beta)
{
	for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
		size_t len = strlen(harmless[i]);

		if (beta.len > len && memcmp(beta.ptr, harmless[i], len) == 0)
			return true;
	}
	return false;
}

/* Names as they are written in the header, one behind the other; of those that are left out only so
 * many that they fit into a header of the answer. */
struct names {
	char *list, *end;
	size_t room;
	const char *between;
};

static struct names names_begin(size_t room, const char *between, struct arena *arena)
{
	char *list = arena_alloc(arena, room + 1);

	*list = '\0';
	return (struct names){ list, list, room, between };
}

static void names_add(struct names *names, struct slice name)
{
	struct slice between = slice_of(names->end > names->list ? names->between : "");

	if ((size_t)(names->end - names->list) + between.len + name.len > names->room)
		return;
	names->end = slice_put(slice_put(names->end, between), name);
	*names->end = '\0';
}

static const char *names_end(const struct names *names)
{
	return *names->list ? names->list : NULL;
}

void chat_request_read_betas(const char *header, struct arena *arena, struct chat_request *out)
{
	static const char of_a_name[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
	struct names passed, dropped;

	out->vendor_beta = out->vendor_beta_dropped = NULL;
	if (!header)
		return;
	passed = names_begin(strlen(header), ",", arena);
	dropped = names_begin(DROPPED_MAX, ", ", arena);
	while (*(header += strcspn(header, of_a_name))) {
		struct slice beta = { header, strspn(header, of_a_name) };

		names_add(is_harmless(beta) ? &passed : &dropped, beta);
		header += beta.len;
	}
	out->vendor_beta = names_end(&passed);
	out->vendor_beta_dropped = names_end(&dropped);
}
