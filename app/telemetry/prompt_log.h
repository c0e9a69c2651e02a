#ifndef TELEMETRY_PROMPT_LOG_H
#define TELEMETRY_PROMPT_LOG_H

/*
 * What was asked, of the keys whose prompts the operator wants (sideways_settings.log_prompts): the
 * client's body, beside the request's row, for some days.  Sealed (XChaCha20-Poly1305, a nonce of
 * its own) with a key that is made of the environment's SIDEWAYS_PROMPT_KEY, and bound to the
 * request's id: a row that is copied to another request does not open.  Lists, exports and the
 * lines for collectors never have it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "settings/settings.h"
#include "store/store.h"

#define PROMPT_BYTES_MAX ((size_t)1 << 20) /* of a longer one the beginning is kept */

/* Adds the prompt of a request to a change, when it is wanted of this key. */
void prompt_log_into(struct change *change, const struct prompt_settings *settings,
    const char *request_id, const char *key_id, const char *key_alias, struct slice body,
    int64_t now_ms);

struct kept_prompt {
	int64_t until_ms;
	int64_t bytes;     /* of the whole */
	struct slice text; /* when it was opened: the whole, or its beginning */
};

/* 1, 0 when none is kept, or -1.  Without settings it is not opened; one that does not open is
 * ERROR_SETTINGS. */
int prompt_log_find(struct store *store, const struct prompt_settings *settings,
    const char *request_id, int64_t now_ms, struct arena *arena, struct kept_prompt *out,
    struct error *err);

/* Of one request, or of all requests of its key.  Counts into out. */
int prompt_log_forget(
    struct store *store, const char *request_id, bool of_key, int *out_count, struct error *err);

void prompt_log_trim_into(struct change *change, int64_t now_ms, int most);

#endif
