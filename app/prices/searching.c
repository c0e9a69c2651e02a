/*
 * Models that search by themselves.  See the header.
 */
#include "prices/searching.h"

#include <string.h>

#include "base/banned.h"

static const struct {
	const char *provider; /* NULL: any */
	const char *piece;    /* of the model's name */
	bool begins;          /* the name begins with it, a maker's name before it left aside */
} searching[] = {
	{ "perplexity", "sonar", true },
	{ "openrouter", "sonar", true },
	{ "perplexity", "-online", false },
	{ "groq", "compound", true },
	{ NULL, "-search-preview", false },
	{ NULL, "-search-api", false },
	{ NULL, "deep-research", false },
	{ NULL, ":online", false },
};

bool searching_model(const char *provider, const char *model)
{
	const char *slash = strrchr(model, '/'), *name = slash ? slash + 1 : model;

	for (size_t i = 0; i < sizeof searching / sizeof searching[0]; i++) {
		const char *at = strstr(name, searching[i].piece);

		if (at && (!searching[i].begins || at == name) &&
		    (!searching[i].provider || strcmp(searching[i].provider, provider) == 0))
			return true;
	}
	return false;
}
