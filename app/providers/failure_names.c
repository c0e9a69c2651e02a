/*
 * What failures are called: by logs and the store, and by people.
 */
#include <string.h>

#include "providers/failure.h"

#include "base/banned.h"

static const char *const names[FAILURE_CLASS_COUNT] = { "none", "retry", "rate", "overload",
	"quota", "auth", "not_found", "context", "policy", "client", "unfit", "broken", "timeout",
	"unreachable", "local", "no_room", "cancelled" };

const char *failure_name(enum failure_class failure)
{
	return names[failure];
}

static const char *const words[FAILURE_CLASS_COUNT] = {
	/* clang-format off */
	[FAILURE_NONE] = "no failure",
	[FAILURE_RETRY] = "a fault at the provider",
	[FAILURE_RATE] = "rate limited",
	[FAILURE_OVERLOAD] = "overloaded",
	[FAILURE_QUOTA] = "no money or quota left at the provider",
	[FAILURE_AUTH] = "the gateway's key was refused",
	[FAILURE_NOT_FOUND] = "the provider does not know it",
	[FAILURE_CONTEXT] = "the prompt was too long",
	[FAILURE_POLICY] = "the content was refused",
	[FAILURE_CLIENT] = "the request was called a mistake",
	[FAILURE_UNFIT] = "the changed request was refused",
	[FAILURE_BROKEN] = "an answer that cannot be read",
	[FAILURE_TIMEOUT] = "no answer in time",
	[FAILURE_UNREACHABLE] = "no connection",
	[FAILURE_LOCAL] = "this machine lacked something",
	[FAILURE_ROOM] = "no room for the answer",
	[FAILURE_CANCELLED] = "the client left",
	/* clang-format on */
};

const char *failure_words(enum failure_class failure)
{
	return words[failure];
}

const char *failure_words_named(const char *name)
{
	for (int i = 0; i < FAILURE_CLASS_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return words[i];
	return name;
}
