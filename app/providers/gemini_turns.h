#ifndef PROVIDERS_GEMINI_TURNS_H
#define PROVIDERS_GEMINI_TURNS_H

/*
 * Results of one turn that a client of Gemini's format sends in a content each, as langchain4j and
 * LangChain.js do.  (Calls stay as they are: chats of Google's own SDK keep those of a stream
 * apart.) Gemini counts within one content: "Please ensure that the number of function response
 * parts is equal to the number of function call parts of the function call turn"
 * (cloudwego/eino-ext#571 of 2025-11-27, docker/docker-agent#2959 of 2026-06-02).
 */
#include "base/arena.h"
#include "base/slice.h"

/* The list of contents, proven to be JSON, with such contents joined; NULL: there are none.  The
 * bytes of all other contents stay as they are. */
const char *gemini_turns_joined(struct slice contents, struct arena *arena);

#endif
