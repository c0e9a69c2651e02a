/*
 * A table of as many places as a busy gateway has keys in use; a name has one place, and who comes
 * later takes it over.  See the header.
 */
#include "accounts/kept.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define PLACES     256 /* a power of two; some 300 bytes each when they are taken */
#define NAME_BYTES 160 /* longer names are not kept */

struct place {
	char name[NAME_BYTES]; /* of a key's hash, or of who asks; empty: free */
	int64_t revision;
	uint64_t stamp;     /* of what is spent and held */
	struct arena arena; /* of what is kept */
	struct virtual_key key;
	struct budget_states budgets;
};

struct kept {
	pthread_mutex_t mutex; /* guards all that follows */
	struct kept_moment last;
	struct place places[PLACES];
};

static void *make_kept(void)
{
	struct kept *kept = alloc_zero(1, sizeof *kept);

	pthread_mutex_init(&kept->mutex, NULL);
	return kept;
}

static void free_kept(void *companion)
{
	struct kept *kept = companion;

	for (size_t i = 0; i < PLACES; i++)
		if (kept->places[i].name[0])
			arena_release(&kept->places[i].arena);
	pthread_mutex_destroy(&kept->mutex);
	free(kept);
}

static struct kept *kept_of(struct store *store)
{
	return store_companion(store, make_kept, free_kept);
}

/* ---- names and places ---- */

struct name {
	char text[NAME_BYTES];
	size_t len;
	bool fits;
};

/* Each part with its length before it, as a byte: clients choose some of them. */
static void name_add(struct name *name, const char *part)
{
	struct slice bytes = slice_of(part ? part : "");

	name->fits = name->fits && bytes.len + 1 < sizeof name->text - name->len;
	if (!name->fits)
		return;
	name->text[name->len] = (char)('0' + bytes.len); /* never NUL: it is less than NAME_BYTES */
	*slice_put(name->text + name->len + 1, bytes) = '\0';
	name->len += 1 + bytes.len;
}

static struct name name_of_key(const char *hash)
{
	struct name name = { .text = "k", .len = 1, .fits = true };

	name_add(&name, hash);
	return name;
}

static struct name name_of_asker(const struct budget_asker *asker)
{
	struct name name = { .text = "b", .len = 1, .fits = true };

	name_add(&name, asker->key_id);
	name_add(&name, asker->team_id);
	name_add(&name, asker->user);
	for (size_t i = 0; i < asker->tag_count; i++)
		name_add(&name, asker->tags[i]);
	return name;
}

static struct place *kept_place_of(struct kept *kept, const struct name *name)
{
	unsigned hash = 2166136261u; /* FNV-1a */

	for (const char *c = name->text; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return &kept->places[(hash ^ hash >> 16) & (PLACES - 1)];
}

/* The place with what was kept at this revision, or NULL. */
static const struct place *find_locked(struct kept *kept, const struct name *name, int64_t revision)
{
	const struct place *place = kept_place_of(kept, name);

	return name->fits && place->revision == revision && strcmp(place->name, name->text) == 0
		   ? place
		   : NULL;
}

/* Empties the place for something new. */
static struct place *take_locked(struct kept *kept, const struct name *name, int64_t revision)
{
	struct place *place = kept_place_of(kept, name);

	if (place->name[0])
		arena_release(&place->arena);
	arena_init(&place->arena);
	memcpy(place->name, name->text, sizeof place->name);
	place->revision = revision;
	return place;
}

/* ---- copies ---- */

static struct virtual_key copy_key(const struct virtual_key *key, struct arena *arena)
{
	struct virtual_key copy = *key;

	copy.id = arena_copy(arena, key->id);
	copy.alias = arena_copy(arena, key->alias);
	copy.hint = arena_copy(arena, key->hint);
	copy.team_id = arena_copy(arena, key->team_id);
	copy.models = arena_copy(arena, key->models);
	copy.team_models = arena_copy(arena, key->team_models);
	copy.role = arena_copy(arena, key->role);
	copy.budget_fallbacks = arena_copy(arena, key->budget_fallbacks);
	copy.tags = arena_copy(arena, key->tags);
	copy.routes = arena_copy(arena, key->routes);
	return copy;
}

static struct budget_states copy_budgets(const struct budget_states *budgets, struct arena *arena)
{
	struct budget_states copy = { .count = budgets->count, .room = budgets->count };

	copy.items = arena_alloc(arena, (budgets->count + 1) * sizeof *copy.items);
	for (size_t i = 0; i < budgets->count; i++) {
		copy.items[i] = budgets->items[i];
		copy.items[i].scope = arena_copy(arena, budgets->items[i].scope);
		copy.items[i].scope_id = arena_copy(arena, budgets->items[i].scope_id);
		copy.items[i].period = arena_copy(arena, budgets->items[i].period);
		copy.items[i].model = arena_copy(arena, budgets->items[i].model);
	}
	return copy;
}

static bool are_present(const struct budget_states *budgets, int64_t now_ms)
{
	for (size_t i = 0; i < budgets->count; i++)
		if (now_ms < budgets->items[i].starts_ms || now_ms >= budgets->items[i].ends_ms)
			return false;
	return true;
}

/* ---- for keys and budgets ---- */

int kept_moment(
    struct store *store, struct store_reader *reader, struct kept_moment *out, struct error *err)
{
	struct kept_moment at = { .stamp = store_stamp(reader) };
	struct kept *kept = kept_of(store);
	struct statement *s;
	bool stands;
	int result;

	pthread_mutex_lock(&kept->mutex);
	stands = at.stamp && at.stamp == kept->last.stamp;
	if (stands)
		*out = kept->last;
	pthread_mutex_unlock(&kept->mutex);
	if (stands)
		return 0;
	s = store_query(reader, SQL_REVISION, err);
	result = statement_step(s, err);
	if (result == 1) {
		at.revision = statement_int(s, 0);
		*out = at;
		pthread_mutex_lock(&kept->mutex);
		kept->last = at;
		pthread_mutex_unlock(&kept->mutex);
	}
	return result == 1   ? 0
	       : result == 0 ? error_set(err, ERROR_STORE, "the database has no revision")
			     : -1;
}

bool kept_key(struct store *store, const char *hash, int64_t revision, struct arena *arena,
    struct virtual_key *out)
{
	struct name name = name_of_key(hash);
	struct kept *kept = kept_of(store);
	const struct place *place;

	pthread_mutex_lock(&kept->mutex);
	place = find_locked(kept, &name, revision);
	if (place)
		*out = copy_key(&place->key, arena);
	pthread_mutex_unlock(&kept->mutex);
	return place != NULL;
}

void keep_key(
    struct store *store, const char *hash, int64_t revision, const struct virtual_key *key)
{
	struct name name = name_of_key(hash);
	struct kept *kept = kept_of(store);
	struct place *place;

	if (!name.fits)
		return;
	pthread_mutex_lock(&kept->mutex);
	place = take_locked(kept, &name, revision);
	place->key = copy_key(key, &place->arena);
	pthread_mutex_unlock(&kept->mutex);
}

bool kept_budgets(struct store *store, const struct budget_asker *asker,
    const struct kept_moment *at, int64_t now_ms, struct arena *arena, struct budget_states *out,
    bool *out_used)
{
	struct name name = name_of_asker(asker);
	struct kept *kept = kept_of(store);
	const struct place *place;

	pthread_mutex_lock(&kept->mutex);
	place = find_locked(kept, &name, at->revision);
	if (place && !are_present(&place->budgets, now_ms))
		place = NULL;
	if (place) {
		*out = copy_budgets(&place->budgets, arena);
		*out_used = at->stamp && place->stamp == at->stamp;
	}
	pthread_mutex_unlock(&kept->mutex);
	return place != NULL;
}

void keep_budgets(struct store *store, const struct budget_asker *asker,
    const struct kept_moment *at, const struct budget_states *budgets)
{
	struct name name = name_of_asker(asker);
	struct kept *kept = kept_of(store);
	struct place *place;

	if (!name.fits)
		return;
	pthread_mutex_lock(&kept->mutex);
	place = take_locked(kept, &name, at->revision);
	place->stamp = at->stamp;
	place->budgets = copy_budgets(budgets, &place->arena);
	pthread_mutex_unlock(&kept->mutex);
}
