/*
 * The look-ups in the table of keys: the row of a key, and the key that was meant.
 */
#include "settings/schema.h"

#include <assert.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static bool is_pattern(const char *key)
{
	return strchr(key, '*') || strchr(key, '[');
}

/* Names of the rows of long prices, whose keys are patterns, for finding what was meant. */
static const char *const long_prices[] = { "input_cost_per_token_above_200k_tokens",
	"output_cost_per_token_above_200k_tokens",
	"cache_read_input_token_cost_above_200k_tokens" };

#define LONG_PRICE_COUNT (sizeof long_prices / sizeof long_prices[0])
#define KEY_MAX          128 /* longer ones are near nothing */
#define NAMES_MAX        1000

struct names {
	const char *items[NAMES_MAX];
	size_t count;
	char plain[KEY_MAX]; /* the key that is looked for, as they are written */
};

/* "..._above_272k_..." as "..._above_200k_...", so that only the words are compared. */
static void with_200k(const char *key, char out[KEY_MAX])
{
	size_t before = strcspn(key, "0123456789");
	size_t digits = strspn(key + before, "0123456789");

	snprintf(out, KEY_MAX, "%.*s%s%s", (int)before, key, digits > 1 ? "200" : "",
	    key + before + (digits > 1 ? digits : 0));
}

/* The keys of these sections that are no patterns. */
static void collect_names(
    struct names *names, unsigned sections, bool with_unsupported, const char *key)
{
	const struct schema_row *row;

	names->count = 0;
	for (size_t i = 0; (row = schema_at(i)); i++) {
		assert(i < NAMES_MAX - LONG_PRICE_COUNT);
		if ((row->sections & sections) && !is_pattern(row->key) &&
		    (with_unsupported || row->type != TYPE_UNSUPPORTED))
			names->items[names->count++] = row->key;
	}
	for (size_t i = 0; (sections & (IN_PARAMS | IN_INFO)) && i < LONG_PRICE_COUNT; i++)
		names->items[names->count++] = long_prices[i];
	with_200k(key, names->plain);
}

/* Is it a slip of the name of a key that is read? */
static bool is_slip(unsigned sections, const char *key)
{
	struct names names;

	collect_names(&names, sections, false, key);
	return settings_slip(names.plain, names.items, names.count) != NULL;
}

/* A pattern of keys that are not used takes no slip of one that is: `budget_*` stands for what
 * LiteLLM has, not for budget_duraton. */
const struct schema_row *schema_find(unsigned section, const char *key)
{
	const struct schema_row *row;

	for (size_t i = 0; (row = schema_at(i)); i++)
		if ((row->sections & section) && strcmp(row->key, key) == 0)
			return row;
	for (size_t i = 0; (row = schema_at(i)); i++)
		if ((row->sections & section) && is_pattern(row->key) &&
		    fnmatch(row->key, key, 0) == 0)
			return row->type == TYPE_UNSUPPORTED && is_slip(section, key) ? NULL : row;
	return NULL;
}

const struct schema_row *schema_find_elsewhere(unsigned section, const char *key)
{
	const unsigned of_model = IN_ENTRY | IN_PARAMS | IN_INFO;
	const struct schema_row *row, *found = NULL;

	for (size_t i = 0; (row = schema_at(i)); i++) {
		bool near = !(row->sections & of_model) == !(section & of_model);
		bool better =
		    !found || (found->type == TYPE_UNSUPPORTED) > (row->type == TYPE_UNSUPPORTED);

		if (strcmp(row->key, key) == 0 &&
		    (better || (near && row->type != TYPE_UNSUPPORTED)))
			found = row;
	}
	return found;
}

const char *schema_nearest(unsigned section, const char *key)
{
	struct names names;

	collect_names(&names, section, true, key);
	return settings_nearest(names.plain, names.items, names.count);
}

const char *schema_section_name(unsigned section)
{
	static const struct {
		unsigned section;
		const char *name;
	} names[] = {
		{ IN_TOP, "the top level" },
		{ IN_ENTRY, "model_list" },
		{ IN_PARAMS, "litellm_params" },
		{ IN_INFO, "model_info" },
		{ IN_LITELLM, "litellm_settings" },
		{ IN_ROUTER, "router_settings" },
		{ IN_GENERAL, "general_settings" },
		{ IN_SIDEWAYS, "sideways_settings" },
		{ IN_PASS_THROUGH, "pass_through_endpoints" },
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (section & names[i].section)
			return names[i].name;
	}
	return "";
}

void schema_defaults(struct settings *settings)
{
	const struct schema_row *row;

	for (size_t i = 0; (row = schema_at(i)); i++) {
		void *field = (char *)settings + row->offset;

		if (!(row->sections & (IN_LITELLM | IN_ROUTER | IN_GENERAL | IN_SIDEWAYS)))
			continue;
		if (row->type == TYPE_WHOLE || row->type == TYPE_DURATION ||
		    row->type == TYPE_MONEY)
			*(int64_t *)field = row->fallback;
		else if (row->type == TYPE_BOOL)
			*(bool *)field = row->fallback != 0;
	}
}
