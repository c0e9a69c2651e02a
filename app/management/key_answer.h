#ifndef MANAGEMENT_KEY_ANSWER_H
#define MANAGEMENT_KEY_ANSWER_H

/*
 * A key as LiteLLM's clients know it, and bodies about keys.
 */
#include <jansson.h>

#include "accounts/account_wish.h"
#include "management/api_body.h"

/* KEY of views/view_keys.h to LiteLLM's row: token (the SHA-256, by which LiteLLM's clients know a
 * key), key_name, key_alias, expires, and so on.  What has no place there is in "sideways": id,
 * status, spent (over its whole life), old_secret_until, team_blocked, created_by. */
json_t *key_answer(const json_t *view);

/* A row of the key as it is now; NULL and err. */
json_t *key_answer_now(struct api_call *call, const char *id, struct error *err);

/* Makes the key that is wished for, within the terms of new keys; its row with the key in it. */
json_t *key_made(struct api_call *call, const struct api_body *body, struct account_wish *wish,
    struct error *err);

enum key_deed { KEY_GENERATE, KEY_UPDATE, KEY_REGENERATE };

/* The body of /key/generate, /key/update and /key/regenerate, or a part of it that is one.
 * current: the key's view, or NULL. */
int key_body_read(
    struct api_call *call, enum key_deed deed, struct api_body *out, struct error *err);
int key_body_read_part(struct api_call *call, enum key_deed deed, struct slice json,
    struct api_body *out, struct error *err);
int key_wish_read(struct api_call *call, enum key_deed deed, const struct api_body *body,
    const json_t *current, struct account_wish *out, struct error *err);

#endif
