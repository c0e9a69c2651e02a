/*
 * Templates and static files out of the program itself.  See the header.
 */
#include "panel/assets.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"

#include "base/banned.h"

#define HASH_DIGITS 12

/* Written once, under pthread_once, and read afterwards. */
static struct {
	pthread_once_t once;
	struct template_set *set;
	struct error err;
} compiled = { .once = PTHREAD_ONCE_INIT };

static void compile(void)
{
	compiled.set = template_set_new(template_files, template_file_count, &compiled.err);
}

const struct template_set *assets_templates(struct error *err)
{
	pthread_once(&compiled.once, compile);
	if (!compiled.set)
		(void)error_set(err, compiled.err.kind, "%s", compiled.err.text);
	return compiled.set;
}

static const struct kind {
	const char *ending, *content_type;
} kinds[] = {
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
};

static const struct kind *kind_of(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		size_t ending = strlen(kinds[i].ending);

		if (len > ending && strcmp(name + len - ending, kinds[i].ending) == 0)
			return &kinds[i];
	}
	return NULL;
}

static void write_name(const struct template_file *file, char *out, size_t size)
{
	size_t stem = strcspn(file->name, ".");

	snprintf(out, size, "%.*s-%.*s%s", (int)stem, file->name, HASH_DIGITS,
	    digest_sha256(file->text, strlen(file->text)).text, file->name + stem);
}

const char *assets_url(const char *name, struct arena *arena)
{
	char full[128];

	for (size_t i = 0; i < template_file_count; i++)
		if (strcmp(template_files[i].name, name) == 0) {
			write_name(&template_files[i], full, sizeof full);
			return arena_printf(arena, "static/%s", full);
		}
	return "";
}

bool assets_find(const char *name, struct asset *out)
{
	char full[128];

	for (size_t i = 0; i < template_file_count; i++) {
		const struct template_file *file = &template_files[i];
		const struct kind *kind = kind_of(file->name);

		if (!kind)
			continue;
		write_name(file, full, sizeof full);
		if (strcmp(full, name) != 0)
			continue;
		*out = (struct asset){ kind->content_type, slice_of(file->text) };
		return true;
	}
	return false;
}
