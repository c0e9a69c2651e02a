/*
 * Looking at settings.  See the header.
 */
#include "cli/look.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "views/checklist.h"

#include "base/banned.h"

/* The gateway's own addresses come first. */
static void tell_unreached(const struct settings *settings, struct problems *problems)
{
	for (size_t i = 0; i < settings->deployment_count; i++) {
		const struct deployment *d = &settings->deployments[i];

		if (strcmp(d->provider, "pass_through") == 0 && api_has_path(d->group))
			problems_add(problems, PROBLEM_WARNING, d->origin,
			    "pass_through_endpoints: '%.200s' is not reached: the gateway itself "
			    "answers there; give it another path",
			    d->group);
	}
}

void look_at(const char *path, struct look *out)
{
	struct settings *settings;
	struct origin price_file = { 0 };
	AUTO_ARENA struct arena arena = { 0 };

	*out = (struct look){ .problems = { .unset = &out->unset } };
	settings = settings_load(path, &out->problems, &out->err);
	if (settings) { /* the catalog takes the settings, and the file's name with them */
		price_file = settings_origin(settings, offsetof(struct settings, price_file));
		price_file.file = arena_copy(&arena, price_file.file);
		out->catalog = catalog_new(settings, &out->problems, &out->err);
	}
	if (settings &&
	    !out->catalog) /* a price file that cannot be read: the settings are what is wrong */
		problems_add(&out->problems, PROBLEM_ERROR, price_file, "%s", out->err.text);
	if (out->catalog)
		checklist_add(out->catalog, clock_wall_ms(), &out->problems);
	if (out->catalog)
		tell_unreached(catalog_settings(out->catalog), &out->problems);
	problems_sort(&out->problems);
	unset_variables_tell(
	    &out->unset, (struct origin){ .file = path }, &out->problems); /* the last */
}

void look_release(struct look *look)
{
	catalog_release(look->catalog);
	problems_release(&look->problems);
	unset_variables_release(&look->unset);
}

const char *look_unset_words(const struct look *look)
{
	return unset_variables_refuse(&look->unset)
		   ? look->problems.items[look->problems.count - 1].text
		   : NULL;
}

static const char *look_plural(size_t count)
{
	return count == 1 ? "" : "s";
}

void look_print_counts(const struct look *look)
{
	const struct problems *found = &look->problems;

	printf("%zu error%s, %zu warning%s, %zu notice%s", found->errors,
	    look_plural(found->errors), found->warnings, look_plural(found->warnings),
	    found->notices, look_plural(found->notices));
}
