#ifndef CHAT_GROWTH_H
#define CHAT_GROWTH_H

/*
 * How many bytes a vendor may add to the text of a body before its tokenizer reads it.
 *
 * A bound that counts a byte as a token holds only for the text that is read, and that is not the
 * client's: vendors parse tools, schemas, arguments and results and write them again, with ", " and
 * ": ", numbers in full and lists on lines of their own; and some tokenizers bring text into NFC or
 * NFKC first, which makes some characters longer.  docs/bound.md has the sources.
 */
#include <stdint.h>

#include "base/json_scan.h"
#include "base/slice.h"

struct growth {
	int64_t json_bytes; /* by writing JSON again, also JSON that stands in strings */
	int64_t nfc_bytes, nfkc_bytes;
};

/* body is proven JSON, tally what its scan met.  One pass, a byte at a time; characters outside of
 * ASCII are looked up. */
void growth_of(struct slice body, const struct json_tally *tally, struct growth *out);

/* Tokens that a text may have more in NFC than as it is: 0 for one that is in NFC already, as
 * nearly all are. */
int64_t growth_by_nfc(struct slice text);

#endif
