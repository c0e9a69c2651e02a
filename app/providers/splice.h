#ifndef PROVIDERS_SPLICE_H
#define PROVIDERS_SPLICE_H

/*
 * A client's JSON object on its way to a provider of the same format: its own bytes, with a few
 * members replaced, left out or added.  What lies between the changes is not copied; the pieces
 * point into the client's body.
 *
 *	splice_begin(&splice, arena, out);
 *	for each member: splice_member
 *	splice_put for members that are added
 *	splice_end(&splice, err)
 *
 * The first failure is kept, and told at the end.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/json_scan.h"
#include "fetch/fetch.h"

struct splice {
	struct arena *arena;
	struct fetch_call *out;
	const char *run, *run_end; /* members that stay as they are, side by side; NULL: none */
	bool any;                  /* a member stands already: the next needs a comma */
	bool full;                 /* there were more pieces than a call takes */
};

void splice_begin(struct splice *splice, struct arena *arena, struct fetch_call *out);
/* json: NULL, it stays as it is; "", it is left out; else its new value. */
void splice_member(struct splice *splice, const struct json_cursor *member, const char *json);
void splice_put(struct splice *splice, struct slice name, const char *json); /* NULL: nothing */
int splice_end(struct splice *splice, struct error *err);

#endif
