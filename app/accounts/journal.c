/*
 * Records in a file.  See the header.
 */
#include "accounts/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/alloc.h"

#include "base/banned.h"

#define MARK         "-till-"   /* between the database's name and the till's id */
#define RECORDS_MOST (64 << 20) /* bytes that are read: far above what a till keeps unreported */

enum record_kind { RECORD_HEADER = 1, RECORD_BEGIN, RECORD_END };

struct record_head {
	uint64_t check; /* of all that follows */
	uint32_t size;  /* of all that follows this struct */
	uint32_t kind;
	uint64_t number;
	uint32_t mark_count; /* so many uint64_t, then the change */
	uint32_t head_check; /* of the four before, so that a size is believed or not */
};

struct journal {
	char *path, *till_id;
	int fd; /* -1: it cannot be written any more */
	size_t size;
};

/* ---- records ---- */

static uint64_t check_add(uint64_t check, const char *bytes, size_t size)
{
	uint64_t word;

	for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
		memcpy(&word, bytes, sizeof word);
		check = (check ^ word) * UINT64_C(0x100000001b3);
		check ^= check >> 29;
	}
	for (; size; bytes++, size--)
		check = (check ^ (unsigned char)*bytes) * UINT64_C(0x100000001b3);
	return check;
}

static uint64_t check_of(const struct record_head *head, const char *payload)
{
	uint64_t check = check_add(UINT64_C(0xcbf29ce484222325),
	    (const char *)head + sizeof head->check, sizeof *head - sizeof head->check);

	return check_add(check, payload, head->size);
}

static uint32_t head_check_of(const struct record_head *head)
{
	uint64_t check = (uint64_t)head->size << 32 | head->kind;

	check = (check ^ head->number) * UINT64_C(0x9e3779b97f4a7c15);
	check = (check ^ head->mark_count ^ check >> 31) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(check >> 32) | 1; /* never that of zeroes */
}

static struct slice record_of(enum record_kind kind, uint64_t number,
    const struct change_mark *marks, size_t mark_count, struct slice bytes, struct arena *arena)
{
	struct record_head head = { .size = (uint32_t)(mark_count * sizeof(uint64_t) + bytes.len),
		.kind = (uint32_t)kind,
		.number = number,
		.mark_count = (uint32_t)mark_count };
	char *record = arena_room(arena, sizeof head + head.size), *at = record + sizeof head;

	for (size_t i = 0; i < mark_count; i++, at += sizeof marks[i].what)
		memcpy(at, &marks[i].what, sizeof marks[i].what);
	if (bytes.len)
		memcpy(at, bytes.ptr, bytes.len);
	head.head_check = head_check_of(&head);
	head.check = check_of(&head, record + sizeof head);
	memcpy(record, &head, sizeof head);
	return (struct slice){ record, sizeof head + head.size };
}

struct slice journal_begin_record(uint64_t call, struct slice change, struct arena *arena)
{
	return record_of(RECORD_BEGIN, call, NULL, 0, change, arena);
}

struct slice journal_end_record(uint64_t number, const struct change_mark *marks, size_t mark_count,
    struct slice change, struct arena *arena)
{
	return record_of(RECORD_END, number, marks, mark_count, change, arena);
}

/* ---- writing ---- */

static char *journal_path(const struct store *store, const char *till_id)
{
	return alloc_printf("%s" MARK "%s", store_path(store), till_id);
}

static int journal_write_all(int fd, struct slice bytes)
{
	while (bytes.len) {
		ssize_t written = write(fd, bytes.ptr, bytes.len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		bytes.ptr += written;
		bytes.len -= (size_t)written;
	}
	return 0;
}

int journal_write(struct journal *journal, struct slice records)
{
	if (journal->fd < 0)
		return -1;
	if (journal_write_all(journal->fd, records) == 0) {
		journal->size += records.len;
		return 0;
	}
	/* Half of a record must not stand before another one. */
	if (ftruncate(journal->fd, (off_t)journal->size) != 0) {
		close(journal->fd);
		journal->fd = -1;
	}
	return -1;
}

/* A new file, with what it begins with; fd -1: it cannot be made. */
static struct journal *journal_open(
    const char *own_path, const char *till_id, const char *path, int flags)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct slice header = record_of(RECORD_HEADER, 0, NULL, 0, slice_of(till_id), &arena);
	struct journal *journal = alloc_zero(1, sizeof *journal);

	journal->path = alloc_copy(own_path);
	journal->till_id = alloc_copy(till_id);
	journal->fd =
	    open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
	if (journal->fd >= 0)
		(void)journal_write(journal, header); /* its size says whether it is there */
	return journal;
}

struct journal *journal_new(const struct store *store, const char *till_id, struct error *err)
{
	AUTO_FREE char *path = journal_path(store, till_id);
	struct journal *journal = journal_open(path, till_id, path, O_EXCL);

	if (journal->size > 0)
		return journal;
	(void)error_set(err, ERROR_STORE, "%s: cannot be written: %s", path, strerror(errno));
	if (journal->fd >= 0)
		(void)unlink(path); /* what remains is empty and harms nobody */
	journal_free(journal);
	return NULL;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->path);
	free(journal->till_id);
	free(journal);
}

void journal_remove(const struct store *store, const char *till_id)
{
	AUTO_FREE char *path = journal_path(store, till_id);

	AUTO_FREE char *next = alloc_printf("%s-new", path);

	(void)unlink(path); /* one that stays is of a till that is no more, and harms nobody */
	(void)unlink(next); /* there is seldom one */
}

/* NULL: it is no journal of this database. */
static char *journal_id_of(const char *name, const char *database, struct arena *arena)
{
	size_t len = strlen(database);
	const char *id = name + len + sizeof MARK - 1;

	if (strncmp(name, database, len) != 0 || strncmp(name + len, MARK, sizeof MARK - 1) != 0)
		return NULL;
	return arena_copy_slice(arena, (struct slice){ id, strcspn(id, "-") });
}

size_t journal_list(const struct store *store, struct arena *arena, char ***out)
{
	const char *path = store_path(store), *slash = strrchr(path, '/');
	char **ids = NULL;
	size_t count = 0, room = 0;
	DIR *folder =
	    opendir(slash ? arena_printf(arena, "%.*s/", (int)(slash - path), path) : ".");

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		char *id = journal_id_of(entry->d_name, slash ? slash + 1 : path, arena);

		if (id && count == room) {
			char **grown = arena_alloc(arena, (room + 64) * sizeof *grown);

			if (room)
				memcpy(grown, ids, room * sizeof *grown);
			ids = grown;
			room += 64;
		}
		if (id)
			ids[count++] = id;
	}
	if (folder)
		closedir(folder);
	*out = ids;
	return count;
}

size_t journal_size(const struct journal *journal)
{
	return journal->size;
}

struct journal *journal_turn(
    const struct journal *journal, const struct slice *records, size_t count)
{
	AUTO_FREE char *path = alloc_printf("%s-new", journal->path);
	struct journal *next = journal_open(journal->path, journal->till_id, path, O_TRUNC);
	bool whole = next->size > 0;

	for (size_t i = 0; i < count && whole; i++)
		whole = journal_write(next, records[i]) == 0;
	if (whole && rename(path, journal->path) == 0)
		return next;
	(void)unlink(path); /* it may not be there */
	journal_free(next);
	return NULL;
}

/* ---- reading ---- */

/* All of the file, in the arena; ptr NULL: there is none, or it cannot be read. */
static struct slice journal_read_file(const char *path, struct arena *arena)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct slice bytes = { NULL, 0 };
	struct stat info;
	char *room;
	ssize_t got = 1;

	if (fd < 0)
		return bytes;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= RECORDS_MOST) {
		room = arena_room(arena, (size_t)info.st_size + 1);
		while (bytes.len < (size_t)info.st_size && got > 0) {
			got = read(fd, room + bytes.len, (size_t)info.st_size - bytes.len);
			bytes.len += got > 0 ? (size_t)got : 0;
		}
		if (got > 0)
			bytes.ptr = room;
	}
	close(fd);
	return bytes;
}

/* The record at this place: 1; 0: its writer died while it wrote it, and it is the last one; -1: it
 * is damaged, and what follows cannot be known. */
static int record_at(struct slice bytes, size_t at, struct record_head *out)
{
	size_t left = bytes.len - at;

	if (left < sizeof *out)
		return 0;
	memcpy(out, bytes.ptr + at, sizeof *out);
	if (out->head_check != head_check_of(out))
		return -1;
	if (out->size > left - sizeof *out)
		return 0;
	if (check_of(out, bytes.ptr + at + sizeof *out) != out->check)
		return -1;
	return (size_t)out->mark_count * sizeof(uint64_t) <= out->size ? 1 : -1;
}

struct reading {
	struct journal_content *out;
	size_t begun_room, ended_room;
	struct arena *arena;
	const char *till_id;
	bool is_ours;
};

static void journal_add(struct journal_entry **items, size_t *count, size_t *room,
    struct journal_entry entry, struct arena *arena)
{
	if (*count == *room) {
		size_t larger = *room ? *room * 2 : 64;
		struct journal_entry *grown = arena_alloc(arena, larger * sizeof *grown);

		if (*count)
			memcpy(grown, *items, *count * sizeof *grown);
		*items = grown;
		*room = larger;
	}
	(*items)[(*count)++] = entry;
}

static void strike_out(struct journal_content *content, uint64_t call)
{
	for (size_t i = content->begun_count; i > 0; i--)
		if (content->begun[i - 1].number == call) {
			content->begun[i - 1] = content->begun[--content->begun_count];
			return;
		}
}

static void take_record(struct reading *r, const struct record_head *head, const char *payload)
{
	size_t marks = head->mark_count * sizeof(uint64_t);
	struct journal_entry entry = { head->number, { payload + marks, head->size - marks } };
	uint64_t call;

	switch (head->kind) {
	case RECORD_HEADER:
		r->is_ours = slice_is(entry.change, r->till_id);
		break;
	case RECORD_BEGIN:
		journal_add(&r->out->begun, &r->out->begun_count, &r->begun_room, entry, r->arena);
		break;
	default:
		for (size_t at = 0; at < marks; at += sizeof call) {
			memcpy(&call, payload + at, sizeof call);
			strike_out(r->out, call);
		}
		journal_add(&r->out->ended, &r->out->ended_count, &r->ended_room, entry, r->arena);
	}
}

int journal_read(const struct store *store, const char *till_id, struct arena *arena,
    struct journal_content *out)
{
	AUTO_FREE char *path = journal_path(store, till_id);
	struct reading r = { .out = out, .arena = arena, .till_id = till_id };
	struct slice bytes = journal_read_file(path, arena);
	struct record_head head;
	int found = 1;

	memset(out, 0, sizeof *out);
	if (!bytes.ptr)
		return access(path, F_OK) == 0 ? -1 : 0;
	for (size_t at = 0; at < bytes.len; at += sizeof head + head.size) {
		found = record_at(bytes, at, &head);
		if (found <= 0)
			break;
		take_record(&r, &head, bytes.ptr + at + sizeof head);
	}
	return found < 0 || !r.is_ours ? -1 : 1;
}
