#ifndef CLI_KEYS_WISH_H
#define CLI_KEYS_WISH_H

/*
 * The options of `keys create` and `keys update` as a account_wish.
 */
#include "accounts/account_wish.h"
#include "base/arena.h"
#include "cli/options.h"

/* What the texts point at is options' and the arena's.  What was not given is left as it is. */
int keys_wish_read(const struct options *options, int64_t now_ms, struct arena *arena,
    struct account_wish *out, struct error *err);

#endif
