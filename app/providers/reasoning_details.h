#ifndef PROVIDERS_REASONING_DETAILS_H
#define PROVIDERS_REASONING_DETAILS_H

/*
 * OpenRouter's reasoning_details: what the vendor behind it signed, which must come back unchanged
 * in the next turn (https://openrouter.ai/docs/use-cases/reasoning-tokens).  Through a client of
 * another format it travels as a signature (conversation.h): base64 of the list.  A stream gives an
 * entry in pieces with the same index, which are put together.
 */
#include "base/arena.h"
#include "base/slice.h"
#include "base/text.h"

struct reasoning_details {
	struct slice first;        /* of the entry that is open: its first piece; {NULL, 0}: none */
	const char *payload;       /* the member that grows: text, summary or data */
	struct arena_bytes grown;  /* its JSON text without quotes */
	struct slice signature;    /* JSON; the last that came */
	struct arena_bytes closed; /* JSON of the entries before, a comma between them */
};

/* list: the member of a message or a delta; anything but a list is none. */
void reasoning_details_add(
    struct reasoning_details *details, struct slice list, struct arena *arena);

/* All of it as a signature, and begins anew.  {NULL, 0}: there is none. */
struct slice reasoning_details_take(struct reasoning_details *details, struct arena *arena);

/* A signature as entries, a comma between them; {NULL, 0}: it is none of these. */
struct slice reasoning_details_entries(struct slice signature, struct arena *arena);

#endif
