/*
 * Records in a mapped file.  See the header.
 */
#include "accounts/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"

#include "base/banned.h"

#define MARK       "-till-"                     /* between the database's name and the till's id */
#define MAGIC      UINT64_C(0x326c616e72756f4a) /* another layout gets another */
#define HEAD_BYTES 4096
#define HALF_BYTES ((size_t)24 << 20)  /* far above what a till keeps unreported */
#define ROOM_BYTES ((size_t)256 << 10) /* the disk gives so much at a time */
#define LONG_BYTES ((size_t)2 << 20)   /* of records that may not count any more */
#define SIZE_BITS  40
#define LOOKS      20 /* at a file whose half changes while it is read */
#define LANES      4

struct journal_head { /* of the file */
	uint64_t magic;
	uint64_t committed; /* the turn's number, and bytes of its half that count */
	char till_id[40];
};

struct record_head {
	uint64_t check; /* of all that follows */
	uint64_t number;
	uint32_t size;       /* of all that follows this struct */
	uint32_t mark_count; /* so many uint64_t, then the change */
	uint64_t is_end;
};

struct journal {
	int fd;
	char *bytes; /* of the file, mapped; behind the room there is nothing to be touched */
	uint64_t turn;
	size_t size, turned_size; /* of the half: now, and when it began */
	size_t room[2];
};

/* ---- records ---- */

static uint64_t mix(uint64_t check, uint64_t word)
{
	check = (check ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return check ^ check >> 29;
}

static void mix_lanes(uint64_t lanes[LANES], const char bytes[LANES * sizeof(uint64_t)])
{
	uint64_t words[LANES];

	memcpy(words, bytes, sizeof words);
	for (size_t i = 0; i < LANES; i++)
		lanes[i] = (lanes[i] ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
}

/* In lanes that do not wait for each other. */
uint64_t journal_check(struct slice change)
{
	uint64_t lanes[LANES] = { 1, 2, 3, 4 }, check = change.len;
	char rest[sizeof lanes] = { 0 };
	size_t at = 0;

	for (; change.len - at >= sizeof lanes; at += sizeof lanes)
		mix_lanes(lanes, change.ptr + at);
	memcpy(rest, change.ptr + at, change.len - at);
	mix_lanes(lanes, rest);
	for (size_t i = 0; i < LANES; i++)
		check = mix(check, lanes[i]);
	return check;
}

static uint64_t check_of(const struct record_head *head, const char *marks, uint64_t change_check)
{
	uint64_t check = mix(change_check, head->number), mark;

	check = mix(check, (uint64_t)head->size << 32 | head->mark_count);
	check = mix(check, head->is_end);
	for (size_t i = 0; i < head->mark_count; i++) {
		memcpy(&mark, marks + i * sizeof mark, sizeof mark);
		check = mix(check, mark);
	}
	return check;
}

static size_t record_size(const struct journal_record *record)
{
	return sizeof(struct record_head) + record->mark_count * sizeof(uint64_t) +
	       record->change.len;
}

static void record_write(const struct journal_record *record, char *out)
{
	struct record_head head = { .number = record->number,
		.size = (uint32_t)(record_size(record) - sizeof head),
		.mark_count = (uint32_t)record->mark_count,
		.is_end = record->is_end };
	char *at = out + sizeof head;

	for (size_t i = 0; i < record->mark_count; i++, at += sizeof record->marks[i].what)
		memcpy(at, &record->marks[i].what, sizeof record->marks[i].what);
	memcpy(at, record->change.ptr, record->change.len);
	head.check = check_of(&head, out + sizeof head, record->check);
	memcpy(out, &head, sizeof head);
}

struct slice journal_record_alone(const struct journal_record *record)
{
	char *bytes = alloc_zero(1, record_size(record));

	record_write(record, bytes);
	return (struct slice){ bytes, record_size(record) };
}

/* ---- writing ---- */

static char *journal_path(const struct store *store, const char *till_id)
{
	return alloc_printf("%s" MARK "%s", store_path(store), till_id);
}

static size_t half_at(uint64_t turn)
{
	return HEAD_BYTES + (turn & 1) * HALF_BYTES;
}

/* Who writes to a page that has no room on the disk is killed.  False: errno. */
static bool ensure_room(struct journal *journal, uint64_t turn, size_t size)
{
	size_t *room = &journal->room[turn & 1], wanted = size + ROOM_BYTES - size % ROOM_BYTES;

	if (size <= *room)
		return true;
	errno = wanted > HALF_BYTES ? EFBIG
				    : posix_fallocate(journal->fd, (off_t)(half_at(turn) + *room),
					  (off_t)(wanted - *room));
	if (errno)
		return false;
	*room = wanted;
	return true;
}

static void commit(struct journal *journal)
{
	struct journal_head *head = (struct journal_head *)journal->bytes;

	atomic_store_explicit((_Atomic uint64_t *)&head->committed,
	    journal->turn << SIZE_BITS | journal->size, memory_order_release);
}

struct slice journal_put(struct journal *journal, const struct journal_record *record)
{
	size_t size = record_size(record);
	char *at = journal->bytes + half_at(journal->turn) + journal->size;

	if (!ensure_room(journal, journal->turn, journal->size + size))
		return (struct slice){ NULL, 0 };
	record_write(record, at);
	journal->size += size;
	commit(journal);
	return (struct slice){ at, size };
}

bool journal_is_long(const struct journal *journal)
{
	return journal->size > LONG_BYTES + 2 * journal->turned_size;
}

bool journal_turn(struct journal *journal, struct slice *const *records, size_t count)
{
	uint64_t turn = journal->turn + 1;
	char *at = journal->bytes + half_at(turn);
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += records[i]->len;
	if (!ensure_room(journal, turn, size))
		return false;
	for (size_t i = 0; i < count; i++) {
		memcpy(at, records[i]->ptr, records[i]->len);
		records[i]->ptr = at;
		at += records[i]->len;
	}
	journal->turn = turn;
	journal->size = journal->turned_size = size;
	commit(journal);
	return true;
}

/* ---- files ---- */

static bool journal_map(struct journal *journal, const char *till_id)
{
	struct journal_head *head;
	void *bytes;

	errno = posix_fallocate(journal->fd, 0, HEAD_BYTES);
	if (errno || !ensure_room(journal, 0, 1))
		return false;
	bytes = mmap(
	    NULL, HEAD_BYTES + 2 * HALF_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, journal->fd, 0);
	if (bytes == MAP_FAILED)
		return false;
	journal->bytes = bytes;
	head = bytes;
	memcpy(head->till_id, till_id, strnlen(till_id, sizeof head->till_id));
	atomic_store_explicit((_Atomic uint64_t *)&head->magic, MAGIC, memory_order_release);
	return true;
}

struct journal *journal_new(const struct store *store, const char *till_id, struct error *err)
{
	AUTO_FREE char *path = journal_path(store, till_id);
	struct journal *journal = alloc_zero(1, sizeof *journal);

	journal->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_EXCL, 0600);
	if (journal->fd >= 0 && journal_map(journal, till_id))
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
	if (journal->bytes)
		munmap(journal->bytes, HEAD_BYTES + 2 * HALF_BYTES);
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal);
}

void journal_remove(const struct store *store, const char *till_id)
{
	AUTO_FREE char *path = journal_path(store, till_id);

	(void)unlink(path); /* one that stays is of a till that is no more, and harms nobody */
}

/* NULL: it is no journal of this database. */
static char *journal_id_of(const char *name, const char *database, struct arena *arena)
{
	size_t len = strlen(database);
	const char *id = name + len + sizeof MARK - 1;

	if (strncmp(name, database, len) != 0 || strncmp(name + len, MARK, sizeof MARK - 1) != 0)
		return NULL;
	return arena_copy(arena, id);
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

/* ---- reading ---- */

static bool journal_pread(int fd, void *out, size_t size, size_t at)
{
	ssize_t got = 1;

	for (size_t have = 0; have < size && got > 0; have += (size_t)got)
		got = pread(fd, (char *)out + have, size - have, (off_t)(at + have));
	return got > 0;
}

static bool read_file_head(int fd, const char *till_id, struct journal_head *out)
{
	return journal_pread(fd, out, sizeof *out, 0) && out->magic == MAGIC &&
	       strncmp(out->till_id, till_id, sizeof out->till_id) == 0;
}

/* The records that count, in the arena; ptr NULL: they cannot be read. */
static struct slice read_half(int fd, const char *till_id, struct arena *arena)
{
	struct journal_head head, then;

	for (int i = 0; i < LOOKS && read_file_head(fd, till_id, &head); i++) {
		uint64_t turn = head.committed >> SIZE_BITS;
		size_t size = head.committed & ((UINT64_C(1) << SIZE_BITS) - 1);
		char *room;

		if (size > HALF_BYTES)
			break;
		room = arena_room(arena, size + 1);
		if (!journal_pread(fd, room, size, half_at(turn)) ||
		    !read_file_head(fd, till_id, &then))
			break;
		if (then.committed >> SIZE_BITS == turn)
			return (struct slice){ room, size };
	}
	return (struct slice){ NULL, 0 };
}

/* False: it is damaged, and what follows cannot be known. */
static bool record_at(struct slice bytes, size_t at, struct record_head *out)
{
	size_t left = bytes.len - at, marks_size;
	const char *marks;

	if (left < sizeof *out)
		return false;
	memcpy(out, bytes.ptr + at, sizeof *out);
	marks = bytes.ptr + at + sizeof *out;
	marks_size = (size_t)out->mark_count * sizeof(uint64_t);
	return out->size <= left - sizeof *out && marks_size <= out->size &&
	       check_of(out, marks,
		   journal_check((struct slice){ marks + marks_size, out->size - marks_size })) ==
		   out->check;
}

struct reading {
	struct journal_content *out;
	size_t begun_room, ended_room;
	struct arena *arena;
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

	if (!head->is_end) {
		journal_add(&r->out->begun, &r->out->begun_count, &r->begun_room, entry, r->arena);
		return;
	}
	for (size_t at = 0; at < marks; at += sizeof call) {
		memcpy(&call, payload + at, sizeof call);
		strike_out(r->out, call);
	}
	journal_add(&r->out->ended, &r->out->ended_count, &r->ended_room, entry, r->arena);
}

int journal_read(const struct store *store, const char *till_id, struct arena *arena,
    struct journal_content *out)
{
	AUTO_FREE char *path = journal_path(store, till_id);
	struct reading r = { .out = out, .arena = arena };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct record_head head;
	struct slice bytes;

	memset(out, 0, sizeof *out);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	bytes = read_half(fd, till_id, arena);
	close(fd);
	if (!bytes.ptr)
		return -1;
	for (size_t at = 0; at < bytes.len; at += sizeof head + head.size) {
		if (!record_at(bytes, at, &head))
			return -1;
		take_record(&r, &head, bytes.ptr + at + sizeof head);
	}
	return 1;
}
