#ifndef FETCH_HEAD_H
#define FETCH_HEAD_H

/*
 * The head of an answer: the headers that somebody needs.  For fetch/ only.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "fetch/fetch.h"

/* Takes a header if it is one that is kept; *encoded becomes true when it says that the body is
 * compressed. */
void head_keep(struct fetch_head *head, struct slice name, struct slice value, struct arena *arena,
    bool *encoded);

#endif
