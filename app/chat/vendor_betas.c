/*
 * Which of the client's betas go to Anthropic.  See chat_request_read_betas in the header.
 *
 * All that are not named here go on as they came: Anthropic asks gateways not to choose, and Claude
 * Code's next version brings new ones.  Named are those that make a
 * request dearer than its bound: by the window that bounds the input (context-1m), by what is kept
 * at the provider (message-threads), by the price (fast-mode), or by the count of calls in one.
 * What others switch on stands in the body too, where it is refused by name (priced_members.c).
 */
#include "chat/chat_request.h"

#include "base/banned.h"

#define DROPPED_MAX 400 /* bytes of a header of the answer */

/* A new date keeps what a beta is about, so the rows are beginnings. */
static const char *const dear[] = { "advisor-tool-", "compact-", "context-1m-", "fast-mode-",
	"message-threads-", "server-side-fallback-" };

static bool is_dear(struct slice beta)
{
	for (size_t i = 0; i < sizeof dear / sizeof dear[0]; i++) {
		size_t len = strlen(dear[i]);

		if (beta.len > len && memcmp(beta.ptr, dear[i], len) == 0)
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

		names_add(is_dear(beta) ? &dropped : &passed, beta);
		header += beta.len;
	}
	out->vendor_beta = names_end(&passed);
	out->vendor_beta_dropped = names_end(&dropped);
}
