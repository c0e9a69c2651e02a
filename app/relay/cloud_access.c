/*
 * What lets calls into a cloud, kept for the process.  See the header.
 */
#include "relay/cloud_access.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fiber.h"
#include "base/text.h"

#include "base/banned.h"

#define PLACES    64     /* identities at a time; one more takes the place of the oldest */
#define AHEAD_MS  225000 /* google-auth 2.63.0's REFRESH_THRESHOLD */
#define LEAST_MS  10000  /* a call has to arrive before its token ends */
#define FAILED_MS 5000
#define WAIT_US   10000000 /* for the request that fetches */

struct place {
	struct digest_hex identity; /* "" while it is free */
	char *texts[5];             /* of the grant, in the order of its members */
	int64_t until_ms, used_ms;
	bool fetching;
	int64_t failed_until_ms; /* asked again then; why is told till then */
	struct error failed;
};

struct cloud_access {
	pthread_mutex_t mutex; /* guards places */
	struct waiters fetched;
	struct place places[PLACES];
};

struct cloud_access *cloud_access_new(void)
{
	struct cloud_access *access = alloc_zero(1, sizeof *access);

	pthread_mutex_init(&access->mutex, NULL);
	waiters_init(&access->fetched);
	return access;
}

static void clear_texts(struct place *place)
{
	for (size_t i = 0; i < sizeof place->texts / sizeof place->texts[0]; i++) {
		if (place->texts[i])
			explicit_bzero(place->texts[i], strlen(place->texts[i]));
		free(place->texts[i]);
		place->texts[i] = NULL;
	}
	place->until_ms = 0;
}

void cloud_access_free(struct cloud_access *access)
{
	if (!access)
		return;
	for (size_t i = 0; i < PLACES; i++)
		clear_texts(&access->places[i]);
	waiters_release(&access->fetched);
	pthread_mutex_destroy(&access->mutex);
	free(access);
}

bool cloud_access_needed(const struct member *member)
{
	return (member->provider->quirks & (QUIRK_BEDROCK | QUIRK_VERTEX)) && !member->api_key &&
	       !member->deployment->mock_response_set;
}

/* Whose access it is: everything in the settings that decides it. */
static struct digest_hex identity_of(const struct deployment *d)
{
	const char *const texts[] = { d->provider, d->cloud.region, d->cloud.key_id,
		d->cloud.secret, d->cloud.session_token, d->cloud.profile, d->cloud.role,
		d->cloud.role_session, d->cloud.external_id, d->cloud.web_identity,
		d->cloud.sts_endpoint, d->cloud.credentials };
	AUTO_TEXT struct text text = text_empty((size_t)1 << 20);
	struct digest_hex identity;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text_printf(&text, "%s\n", texts[i] ? texts[i] : "");
	identity = digest_sha256(text.bytes, text.len);
	explicit_bzero(text.bytes, text.len);
	return identity;
}

static struct place *place_locked(struct cloud_access *access, const struct digest_hex *identity)
{
	struct place *oldest = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &access->places[i];

		if (memcmp(&place->identity, identity, sizeof *identity) == 0)
			return place;
		if (!place->fetching && (!oldest || place->used_ms < oldest->used_ms))
			oldest = place;
	}
	if (oldest) {
		clear_texts(oldest);
		*oldest = (struct place){ .identity = *identity };
	}
	return oldest;
}

static void read_locked(const struct place *place, struct arena *arena, struct cloud_grant *out)
{
	*out = (struct cloud_grant){ arena_copy(arena, place->texts[0]),
		arena_copy(arena, place->texts[1]), arena_copy(arena, place->texts[2]),
		arena_copy(arena, place->texts[3]), arena_copy(arena, place->texts[4]) };
}

static void write_locked(struct place *place, const struct cloud_keys *keys)
{
	const char *const texts[] = { keys->grant.token, keys->grant.quota_project,
		keys->grant.key_id, keys->grant.secret, keys->grant.session_token };

	clear_texts(place);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		place->texts[i] = texts[i] ? alloc_copy(texts[i]) : NULL;
	place->until_ms = keys->until_ms;
}

static bool is_good(const struct place *place, int64_t now_ms, int64_t for_ms)
{
	return place->until_ms == INT64_MAX || place->until_ms - for_ms > now_ms;
}

static void wait_locked(struct cloud_access *access)
{
	(void)waiters_wait_locked(&access->fetched, &access->mutex,
	    clock_mono_us() + WAIT_US); /* then it is looked at anew */
}

/* The place to fill, or NULL when *out is filled already. */
static struct place *take_locked(struct run *run, struct cloud_access *access,
    const struct digest_hex *identity, struct cloud_grant *out, struct error *err)
{
	struct place *place = place_locked(access, identity);
	int64_t now_ms = clock_wall_ms();

	if (!place)
		return NULL;
	if (place->fetching && !is_good(place, now_ms, LEAST_MS)) {
		wait_locked(access);
		place = place_locked(access, identity);
		now_ms = clock_wall_ms();
	}
	if (!place)
		return NULL;
	place->used_ms = now_ms;
	if (is_good(place, now_ms, place->fetching ? LEAST_MS : AHEAD_MS)) {
		read_locked(place, run->arena, out);
		return NULL;
	}
	if (place->failed_until_ms > now_ms && !is_good(place, now_ms, LEAST_MS)) {
		*err = place->failed;
		return NULL;
	}
	place->fetching = true;
	return place;
}

static int fetch(
    struct run *run, const struct deployment *d, struct cloud_keys *out, struct error *err)
{
	*out = (struct cloud_keys){ .until_ms = INT64_MAX };
	return strcmp(d->provider, "bedrock") == 0 ? aws_access(run, d, out, err)
						   : google_access(run, d, out, err);
}

/* What was fetched, or the old one while it lasts. */
static int put_locked(struct run *run, struct place *place, const struct cloud_keys *keys,
    int result, struct cloud_grant *out)
{
	if (result == 0)
		write_locked(place, keys);
	else if (is_good(place, clock_wall_ms(), LEAST_MS))
		result = 0;
	place->fetching = false;
	if (result == 0)
		read_locked(place, run->arena, out);
	return result;
}

int cloud_access_for(
    struct run *run, const struct member *member, struct cloud_grant *out, struct error *err)
{
	struct cloud_access *access = run->call->gateway->access;
	struct digest_hex identity = identity_of(member->deployment);
	struct error failed = { .kind = ERROR_NONE };
	struct cloud_keys keys;
	struct place *place;
	int result;

	*out = (struct cloud_grant){ 0 };
	pthread_mutex_lock(&access->mutex);
	(void)error_set(&failed, ERROR_UPSTREAM_AUTH,
	    "too many credentials of clouds are being fetched at a time");
	place = take_locked(run, access, &identity, out, &failed);
	pthread_mutex_unlock(&access->mutex);
	if (!place && (out->token || out->secret))
		return 0;
	if (!place)
		return error_set(err, failed.kind, "%s", failed.text);
	result = fetch(run, member->deployment, &keys, &failed);
	pthread_mutex_lock(&access->mutex);
	place->failed = failed;
	place->failed_until_ms = result == 0 ? 0 : clock_wall_ms() + FAILED_MS;
	result = put_locked(run, place, &keys, result, out);
	waiters_wake_locked(&access->fetched);
	pthread_mutex_unlock(&access->mutex);
	return result == 0 ? 0 : error_set(err, ERROR_UPSTREAM_AUTH, "%s", failed.text);
}

bool cloud_access_refused(
    struct run *run, const struct member *member, const struct cloud_grant *grant)
{
	struct cloud_access *access = run->call->gateway->access;
	struct digest_hex identity = identity_of(member->deployment);
	const char *refused = grant->token ? grant->token : grant->session_token;
	bool renewed = false;

	if (!refused)
		return false; /* keys that do not expire will be refused again */
	cloud_tokens_forget(run, refused);
	pthread_mutex_lock(&access->mutex);
	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &access->places[i];
		const char *kept = place->texts[0] ? place->texts[0] : place->texts[4];

		if (memcmp(&place->identity, &identity, sizeof identity) != 0)
			continue;
		renewed = true;
		if (kept && strcmp(kept, refused) == 0)
			place->until_ms = 0;
	}
	pthread_mutex_unlock(&access->mutex);
	return renewed;
}
