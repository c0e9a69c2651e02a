#ifndef PROVIDERS_CALL_PARTS_H
#define PROVIDERS_CALL_PARTS_H

/*
 * What the calls of all wire formats have in common: address, credential, headers, ids.  For
 * providers/ only.  Address and credential come from the settings alone.
 */
#include "base/text.h"
#include "providers/provider.h"

int call_add_header(struct fetch_call *out, const char *name, const char *value, struct error *err);

/* api_base or the provider's address, without slashes at its end. */
int call_base(
    const struct provider_call *call, struct arena *arena, const char **out, struct error *err);

/* POST to url, with the credential in the provider's header. */
int call_set_destination(const struct provider_call *call, const char *url, struct arena *arena,
    struct fetch_call *out, struct error *err);

/* The schema of a tool's arguments as an object, which vendors demand at its root: a type,
 * properties, and no alternatives, whose properties are merged into these.  {NULL, 0}: no
 * arguments. */
struct slice call_object_schema(struct slice schema, struct arena *arena);

/* Is it one as it stands? */
bool call_is_object_schema(struct slice schema);

/* A schema in words, for models that know none. */
struct slice call_schema_hint(struct slice schema, struct arena *arena);

/* A turn's text with its thoughts in front, for models that know them so. */
struct slice call_with_thoughts(struct slice text, struct slice thoughts, struct arena *arena);

/* Content-Type, Accept, User-Agent, extra_headers. */
int call_set_headers(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err);

/* A model's name as a part of a path: with a wildcard it is the client's, who must not choose the
 * path. */
const char *call_path_part(const char *name, struct arena *arena);

/* Where a call of OpenAI's format goes, below base; what: "chat/completions".  Azure's two kinds of
 * addresses name the version, and one of them the model. */
const char *call_url(
    const struct provider_call *call, const char *base, const char *what, struct arena *arena);

/* A tool call's id as a format takes it: of 1 to `most` bytes, and of these characters (NULL: of
 * any).  Another id becomes a hash, so that the call and its result agree and two ids stay two. */
struct slice call_tool_id(
    struct slice id, size_t most, const char *characters, struct arena *arena);

/* The most that a translated body may be: the client's is limited already, and escapes can make it
 * longer. */
#define CALL_BODY_MAX ((size_t)512 << 20)

/* What was written becomes the body; ERROR_TOO_LARGE when it did not fit. */
int call_set_body(
    const struct text *json, struct arena *arena, struct fetch_call *out, struct error *err);

/* An object with another member `effort`, or without one (NULL).  "": nothing is left of it; NULL:
 * it is too large. */
const char *call_with_effort(struct slice object, const char *effort, struct arena *arena);

/* A text as JSON, in the arena. */
const char *call_quoted(struct arena *arena, const char *text);

/* read_event of formats without streams: an event is none of theirs. */
enum stream_step call_no_event(struct provider_stream *stream, const char *event, struct slice data,
    struct arena *arena, struct slice *out);

#endif
