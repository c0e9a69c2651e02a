/*
 * Reading files, and `include`.
 *
 * An included file is looked for beside the one that names it.  As in LiteLLM its lists extend
 * those of the file and its other values replace them, with a warning when they differ; unlike
 * LiteLLM, whose last file takes a whole section away (a budget with it), maps are joined member
 * by member.  A file is read once: a circle and a second mention are both errors.
 */
#include "settings/source_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "settings/values.h"

#include "base/banned.h"

static struct yaml_node *load(struct reading *r, const char *path, struct yaml_fault *fault);

static int source_files_fail(struct yaml_fault *fault, const char *path, const char *text)
{
	*fault = (struct yaml_fault){ .origin = { path, 0, 0 } };
	size_t len = strlen(text);
	if (len >= sizeof fault->text)
		len = sizeof fault->text - 1;
	memcpy(fault->text, text, len);
	return -1;
}

static const char *why_not(mode_t mode)
{
	if (!S_ISREG(mode))
		return "is not a regular file";
	/* Budgets and providers would be anyone's to choose. */
	return mode & S_IWOTH
		   ? "anyone on this machine may change the file, so it is not used; chmod o-w it"
		   : NULL;
}

/* O_NONBLOCK so that a FIFO does not block; only regular files are read. */
static int source_files_read_whole(
    const char *path, struct stat *seen, char **out, size_t *out_len, struct yaml_fault *fault)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, seen)) {
		int code = errno;
		if (fd >= 0)
			close(fd);
		return source_files_fail(
		    fault, path, code == ENOENT ? "the file does not exist" : strerror(code));
	}
	const char *why = why_not(seen->st_mode);
	if (why) {
		close(fd);
		return source_files_fail(fault, path, why);
	}
	char *bytes = alloc_zero(SETTINGS_FILE_BYTES_MAX + 2, 1);
	size_t len = 0;
	ssize_t got = 1;
	while (got > 0 && len <= SETTINGS_FILE_BYTES_MAX) {
		got = read(fd, bytes + len, SETTINGS_FILE_BYTES_MAX + 1 - len);
		if (got > 0)
			len += (size_t)got;
	}
	int code = errno;
	close(fd);
	if (got < 0 || len > SETTINGS_FILE_BYTES_MAX) {
		explicit_bzero(bytes, len);
		free(bytes);
		return source_files_fail(
		    fault, path, got < 0 ? strerror(code) : "the file is larger than 1 MiB");
	}
	*out = bytes;
	*out_len = len;
	return 0;
}

static int note_file(
    struct reading *r, const char *path, const struct stat *seen, struct yaml_fault *fault)
{
	struct origin_files *files = r->settings->files;
	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].seen.st_dev == seen->st_dev &&
		    files->items[i].seen.st_ino == seen->st_ino)
			return source_files_fail(fault, path,
			    i == 0 ? "this is the settings file itself (an include loop)"
				   : "the file is included twice (or in a loop)");
	}
	if (files->count == SETTINGS_FILES_MAX)
		return source_files_fail(fault, path, "more than 32 files");
	files->items[files->count].path = arena_copy(r->arena, path);
	files->items[files->count++].seen = *seen;
	return 0;
}

/* The digest of all files is the digest of their digests, in order of reading. */
static void add_digest(struct reading *r, const char *bytes, size_t len)
{
	struct digest_hex hex = digest_sha256(bytes, len);
	const char *before = r->settings->digest;
	const char *joined = arena_printf(r->arena, "%s%s", before ? before : "", hex.text);
	hex = digest_sha256(joined, strlen(joined));
	r->settings->digest = arena_copy(r->arena, hex.text);
}

/* A copy of a list or map with room for more: an alias may share the original. */
static struct yaml_node *roomier(struct reading *r, const struct yaml_node *node, size_t more)
{
	struct yaml_node *copy = arena_alloc(r->arena, sizeof *copy);

	*copy = *node;
	copy->entries = arena_alloc(r->arena, (node->count + more + 1) * sizeof *copy->entries);
	if (node->count)
		memcpy(copy->entries, node->entries, node->count * sizeof *copy->entries);
	return copy;
}

static bool same_text(const struct yaml_node *a, const struct yaml_node *b)
{
	return a->kind == YAML_IS_TEXT && b->kind == YAML_IS_TEXT && strcmp(a->text, b->text) == 0;
}

static void merge_map(
    struct reading *r, const char *label, struct yaml_node *into, const struct yaml_node *from);

/* Two values of one key.  Nothing at all, as in an empty section, takes nothing away. */
static void merge_values(
    struct reading *r, const char *label, struct yaml_entry *have, const struct yaml_entry *entry)
{
	struct yaml_node *both;

	if (yaml_tree_is_null(entry->value) || same_text(have->value, entry->value))
		return;
	if (yaml_tree_is_null(have->value)) {
		*have = *entry;
	} else if (have->value->kind != entry->value->kind || entry->value->kind == YAML_IS_TEXT) {
		value_warn(r, label, entry->origin,
		    "%s, line %d, says something else; this one counts", have->origin.file,
		    have->origin.line);
		*have = *entry;
	} else {
		both = roomier(r, have->value, entry->value->count);
		if (both->kind == YAML_IS_MAP)
			merge_map(r, label, both, entry->value);
		else
			for (size_t i = 0; i < entry->value->count; i++)
				both->entries[both->count++] = entry->value->entries[i];
		have->value = both;
	}
}

/* `into` has room for all of `from`. */
static void merge_map(
    struct reading *r, const char *label, struct yaml_node *into, const struct yaml_node *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct yaml_entry *entry = &from->entries[i];
		struct yaml_entry *have = yaml_tree_entry(into, entry->key);

		if (!have)
			into->entries[into->count++] = *entry;
		else
			merge_values(
			    r, arena_printf(r->arena, "%s.%s", label, entry->key), have, entry);
	}
}

/* A section of an included file. */
static void merge(struct reading *r, struct yaml_node *into, const struct yaml_entry *entry)
{
	struct yaml_entry *have = yaml_tree_entry(into, entry->key);

	if (!have) {
		*into = *roomier(r, into, 1);
		into->entries[into->count++] = *entry;
		return;
	}
	if (have->value->kind == YAML_IS_MAP && entry->value->kind == YAML_IS_MAP)
		problems_add(r->problems, PROBLEM_NOTICE, entry->origin,
		    "%s is added to that of %s, line %d; LiteLLM would put it in its place",
		    entry->key, have->origin.file, have->origin.line);
	merge_values(r, entry->key, have, entry);
}

static const char *beside(struct reading *r, const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	if (*name == '/' || !slash)
		return arena_copy(r->arena, name);
	return arena_printf(r->arena, "%.*s/%s", (int)(slash - file), file, name);
}

static void include_one(
    struct reading *r, struct yaml_node *root, const struct yaml_node *name_node)
{
	char *name;
	struct yaml_fault fault;
	if (!value_text(r, "include", name_node, &name))
		return;
	const char *path = beside(r, name_node->origin.file, name);
	const struct yaml_node *included = load(r, path, &fault);
	if (!included) {
		bool unread = fault.origin.line == 0;
		problems_add(r->problems, PROBLEM_ERROR, unread ? name_node->origin : fault.origin,
		    "%s%s%s%s", unread ? "include: '" : "", unread ? name : "", unread ? "': " : "",
		    fault.text);
		return;
	}
	for (size_t i = 0; i < included->count; i++) {
		if (strcmp(included->entries[i].key, "include") != 0)
			merge(r, root, &included->entries[i]);
	}
}

static void include_all(struct reading *r, struct yaml_node *root)
{
	const struct yaml_node *include = yaml_tree_get(root, "include");
	if (!include || yaml_tree_is_null(include))
		return;
	if (include->kind == YAML_IS_TEXT) {
		include_one(r, root, include);
	} else if (include->kind == YAML_IS_LIST) {
		for (size_t i = 0; i < include->count; i++)
			include_one(r, root, include->entries[i].value);
	} else {
		problems_add(r->problems, PROBLEM_ERROR, include->origin,
		    "include: expected a list of file names");
	}
}

static struct yaml_node *load(struct reading *r, const char *path, struct yaml_fault *fault)
{
	struct stat seen;
	char *bytes;
	size_t len;
	if (source_files_read_whole(path, &seen, &bytes, &len, fault))
		return NULL;
	struct yaml_node *root = NULL;
	if (note_file(r, path, &seen, fault) == 0) {
		const char *kept = r->settings->files->items[r->settings->files->count - 1].path;
		add_digest(r, bytes, len);
		root = yaml_tree_parse(
		    (struct slice){ bytes, len }, kept, r->arena, r->problems, fault);
	}
	explicit_bzero(bytes, len);
	free(bytes);
	if (root && root->kind != YAML_IS_MAP) {
		(void)source_files_fail(fault, path,
		    root->kind == YAML_IS_LIST
			? "the file is a list, not a map with model_list in it"
			: "the file is a text, not a map with model_list in it");
		fault->origin = root->origin;
		return NULL;
	}
	if (root)
		include_all(r, root);
	return root;
}

struct yaml_node *source_files_read(struct reading *r, const char *path, struct error *err)
{
	struct yaml_fault fault;
	struct yaml_node *root = load(r, path, &fault);
	if (root)
		return root;
	if (fault.origin.line == 0)
		(void)error_set(err, ERROR_SETTINGS, "%s: %s", path, fault.text);
	else
		(void)error_set(err, ERROR_SETTINGS, "%s:%d:%d: %s", fault.origin.file,
		    fault.origin.line, fault.origin.column, fault.text);
	return NULL;
}
