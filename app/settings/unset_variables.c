/*
 * One finding for all variables that are not set.  See the header.
 */
#include "settings/unset_variables.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#include "base/banned.h"

#define TOLD_MAX 150 /* bytes of names; a problem's text has 400 */

/* What stands in an entry of a list spoils that entry alone. */
static bool is_of_an_entry(const char *label)
{
	static const char *const entries[] = { "litellm_params.", "model_info.",
		"pass_through_endpoints." };

	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
		if (strncmp(label, entries[i], strlen(entries[i])) == 0)
			return true;
	return false;
}

void unset_variables_note(
    struct unset_variables *unset, const char *name, int line, const char *label)
{
	for (size_t i = 0; i < unset->count; i++)
		if (strcmp(unset->items[i].name, name) == 0) {
			unset->items[i].uses++;
			unset->items[i].refuses |= !is_of_an_entry(label);
			return;
		}
	if (unset->count == UNSET_MOST) {
		unset->more++;
		return;
	}
	unset->items[unset->count++] = (struct unset_variable){
		.name = alloc_copy(name), .line = line, .uses = 1, .refuses = !is_of_an_entry(label)
	};
}

static void put_one(struct text *names, const struct unset_variable *variable)
{
	text_printf(names, "%s%s (line %d", names->len ? ", " : "", variable->name, variable->line);
	if (variable->uses > 1)
		text_printf(names, ", %zu times", variable->uses);
	text_puts(names, ")");
}

bool unset_variables_refuse(const struct unset_variables *unset)
{
	for (size_t i = 0; i < unset->count; i++)
		if (unset->items[i].refuses)
			return true;
	return false;
}

/* "; without MASTER_KEY (line 7) the gateway does not start" */
static void put_refusing(struct text *words, const struct unset_variables *unset)
{
	for (size_t i = 0, told = 0; i < unset->count; i++)
		if (unset->items[i].refuses && told++ < 3)
			text_printf(words, "%s%.40s", told == 1 ? "; without " : " or ",
			    unset->items[i].name);
	if (unset_variables_refuse(unset))
		text_puts(words, " the gateway does not start");
}

void unset_variables_tell(
    const struct unset_variables *unset, struct origin file, struct problems *problems)
{
	size_t told = 0, count = unset->count + unset->more;
	AUTO_TEXT struct text names = text_empty(TOLD_MAX * 4);

	while (told < unset->count && names.len < TOLD_MAX)
		put_one(&names, &unset->items[told++]);
	if (told < count)
		text_printf(&names, " and %zu more", count - told);
	put_refusing(&names, unset);
	if (count)
		problems_add(problems, PROBLEM_ERROR, file,
		    "%zu environment variable%s not set, so what needs %s cannot be used: %s",
		    count, count == 1 ? " is" : "s are", count == 1 ? "it" : "them",
		    text_slice(&names).ptr);
}

void unset_variables_release(struct unset_variables *unset)
{
	for (size_t i = 0; i < unset->count; i++)
		free(unset->items[i].name);
	*unset = (struct unset_variables){ .count = 0 };
}
