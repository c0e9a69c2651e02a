#ifndef CHAT_GEMINI_PARTS_H
#define CHAT_GEMINI_PARTS_H

/*
 * What a Gemini request says: a content becomes a turn of the neutral conversation.  For chat/
 * only.
 */
#include "chat/request_facts.h"

/* The elements of a list, or the one value that stands in its place: Google's parsers take either,
 * and what is overlooked here has no bound. */
struct json_cursor gemini_elements(struct slice value);

/* Adds a turn.  Parts of a kind that is not known are noted in the features. */
int gemini_read_content(
    struct reading *reading, struct slice content, enum chat_role role, struct error *err);

#endif
