/*
 * See the header.
 */
#include "prices/served.h"

#include <string.h>

#include "base/banned.h"

struct share {
	int of, in;
};

/* Of the listed price; the first row whose name begins the model's.  litellm 1.110.2 on PyPI
 * (2026-11-29): input_cost_per_token_flex and _priority by input_cost_per_token, which output
 * shares.  Reads of the cache differ at flex alone. */
static const struct served_tiers {
	const char *model;
	struct share flex, flex_cached, priority;
} rows[] = {
	{ "gpt-4o-mini", { 1, 2 }, { 1, 2 }, { 5, 3 } },
	{ "gpt-4o-2024-05-13", { 1, 2 }, { 1, 2 }, { 7, 4 } },
	{ "gpt-4o", { 1, 2 }, { 1, 2 }, { 17, 10 } },
	{ "gpt-4.1-nano", { 1, 2 }, { 1, 2 }, { 2, 1 } },
	{ "gpt-4.1", { 1, 2 }, { 1, 2 }, { 7, 4 } }, { "gpt-5-mini", { 1, 2 }, { 1, 2 }, { 9, 5 } },
	{ "gpt-5.5", { 1, 2 }, { 1, 2 }, { 5, 2 } }, { "gpt-", { 1, 2 }, { 1, 2 }, { 2, 1 } },
	{ "o3", { 1, 2 }, { 1, 2 }, { 7, 4 } }, { "o4-mini", { 1, 2 }, { 1, 2 }, { 20, 11 } },
	{ "gemini-2.5-", { 1, 2 }, { 1, 1 }, { 9, 5 } },
	{ "gemini-3-", { 1, 2 }, { 1, 1 }, { 9, 5 } },
	{ "gemini-3.1-pro", { 1, 2 }, { 1, 1 }, { 9, 5 } },
	{ "gemini-3.5-flash-lite", { 1, 2 }, { 2, 3 }, { 9, 5 } },
	{ "gemini-3.5-flash", { 1, 2 }, { 8, 15 }, { 9, 5 } },
	{ "gemini-", { 1, 2 }, { 1, 2 }, { 9, 5 } },
	{ "", { 1, 1 }, { 1, 1 }, { 5, 2 } }, /* another: the dearest that any asks */
};

/* https://platform.claude.com/docs/en/about-claude/pricing#data-residency-pricing, by
 * https://github.com/anthropics/claude-code/issues/60641 (2026-05-19). */
static const struct share in_us_share = { 11, 10 };

enum served served_as(struct slice told)
{
	static const struct {
		const char *name;
		enum served served;
	} names[] = {
		{ "flex", SERVED_FLEX }, { "ON_DEMAND_FLEX", SERVED_FLEX }, /* litellm#37647 */
		{ "priority", SERVED_PRIORITY },
		{ "ON_DEMAND_PRIORITY", SERVED_PRIORITY }, /* litellm#21909 */
	};

	if (told.len > 2 && told.ptr[0] == '"')
		told = (struct slice){ told.ptr + 1, told.len - 2 };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (slice_is(told, names[i].name))
			return names[i].served;
	return SERVED_STANDARD;
}

const struct served_tiers *served_tiers_of(const char *provider, const char *model)
{
	const char *slash = strrchr(model, '/'), *name = slash ? slash + 1 : model;
	const struct served_tiers *row = rows;

	if (!text_is_one_of(provider, "openai azure gemini vertex_ai"))
		return NULL;
	while (strncmp(name, row->model, strlen(row->model)) != 0)
		row++;
	return row;
}

static __int128 times(__int128 pico, struct share share)
{
	return (pico * share.of + share.in - 1) / share.in;
}

__int128 served_pico(const struct served_tiers *tiers, enum served served, bool in_us,
    __int128 pico, __int128 cached)
{
	if (tiers && served == SERVED_PRIORITY)
		pico = times(pico, tiers->priority);
	else if (tiers && served == SERVED_FLEX)
		pico = times(pico - cached, tiers->flex) + times(cached, tiers->flex_cached);
	return in_us ? times(pico, in_us_share) : pico;
}
