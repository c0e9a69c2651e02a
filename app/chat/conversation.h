#ifndef CHAT_CONVERSATION_H
#define CHAT_CONVERSATION_H

/*
 * The neutral conversation: what a request says, whatever wire format it came in.
 *
 * A client format reads its body into one (chat/ *_in.c), a provider's format writes its own
 * request from it (providers/ *_compose.c).  It is made only when client and provider speak
 * different formats; the same format on both sides passes the client's bytes on.
 *
 * Every slice is UTF-8 text (unescaped) unless it is said to be JSON; {NULL, 0} means absent.  All
 * memory is the arena's or the body's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "models/effort.h"

enum wire_format_id {
	WIRE_OPENAI_CHAT,
	WIRE_ANTHROPIC,
	WIRE_GEMINI,
	WIRE_RESPONSES,
	WIRE_COMPLETIONS,
	WIRE_EMBEDDINGS,
	WIRE_GEMINI_EMBED,
	WIRE_GEMINI_EMBED_BATCH,
	WIRE_MODERATIONS,
	WIRE_MEDIA,   /* images, speech and the like (media.h) */
	WIRE_CONVERSE /* of providers only */
};

enum chat_role { CHAT_SYSTEM, CHAT_USER, CHAT_ASSISTANT };

enum part_kind {
	PART_TEXT,
	PART_IMAGE,
	PART_DOCUMENT,
	PART_AUDIO,
	PART_TOOL_CALL,
	PART_TOOL_RESULT, /* stands in a user's turn, as with Anthropic */
	PART_REASONING,
	PART_REFUSAL,
};

struct chat_part {
	enum part_kind kind;
	struct slice text; /* of text, reasoning, refusal; of a plain-text document */
	bool cached;       /* a cache breakpoint stands after it */
	bool cached_1h;
	/* media: exactly one of data, url and text is there */
	struct slice mime;   /* "image/png"; may be absent for links */
	struct slice data;   /* base64 */
	struct slice url;    /* http(s), gs */
	struct slice name;   /* a tool's name; a file's name */
	struct slice detail; /* of an image: low, high */
	/* tools */
	struct slice id;        /* of the call; in a result: which call it answers */
	struct slice was_id;    /* of a call that was given another id (conversation_repair) */
	struct slice arguments; /* JSON text of an object, or whatever the model wrote */
	bool is_error;
	struct chat_part *parts; /* what a tool gave back */
	size_t part_count;
	/* Opaque state that must come back to the vendor that gave it.
	 */
	struct slice signature;
	enum wire_format_id signed_by;
	bool redacted; /* reasoning that only the signature holds */
	const struct chat_tool
	    *tool; /* of a call in an answer: as the client declared it, or NULL */
};

struct chat_turn {
	enum chat_role role;
	struct chat_part *parts;
	size_t part_count;
};

/* Tools of the Responses format that are no functions there, and run at the client all the same;
 * every other format gets them as functions (chat/client_tools.h). */
enum tool_kind {
	TOOL_FUNCTION,
	TOOL_CUSTOM, /* free text for arguments */
	TOOL_SEARCH, /* loads more tools */
	TOOL_LOCAL_SHELL,
	TOOL_SHELL,
	TOOL_APPLY_PATCH,
};

struct chat_tool {
	struct slice name, description;
	struct slice schema; /* JSON; absent: no arguments */
	bool strict_set, strict;
	bool cached, cached_1h;
	enum tool_kind kind;
	/* Where `name` is two joined: a namespace of the client's, and the name in it. */
	struct slice space, own_name;
};

enum tool_choice { TOOLS_UNSET, TOOLS_AUTO, TOOLS_NONE, TOOLS_REQUIRED, TOOLS_NAMED };
enum answer_format { ANSWER_TEXT, ANSWER_JSON, ANSWER_SCHEMA };

/* What a request asks for that not every format can say: a bit each; providers/features.c has the
 * rule for each pair. */
enum chat_feature {
	FEATURE_N = 1 << 0, /* more than one choice */
	FEATURE_LOGPROBS = 1 << 1,
	FEATURE_LOGIT_BIAS = 1 << 2,
	FEATURE_SEED = 1 << 3,
	FEATURE_PENALTIES = 1 << 4,
	FEATURE_TOP_K = 1 << 5,
	FEATURE_USER = 1 << 6,
	FEATURE_METADATA = 1 << 7,
	FEATURE_VERBOSITY = 1 << 8,
	FEATURE_PREDICTION = 1 << 9,
	FEATURE_AUDIO_INPUT = 1 << 10,
	FEATURE_AUDIO_OUTPUT = 1 << 11,
	FEATURE_DOCUMENTS = 1 << 12,
	FEATURE_ONE_TOOL_CALL = 1 << 13, /* parallel_tool_calls: false */
	FEATURE_SERVER_TOOLS = 1 << 14,
	FEATURE_FILE_IDS = 1 << 15, /* files that lie at one vendor */
	FEATURE_SERVICE_TIER = 1 << 16,
	FEATURE_SAFETY = 1 << 17, /* Gemini's safetySettings */
	FEATURE_CACHED_CONTENT = 1 << 18,
	FEATURE_MEDIA_LINKS = 1 << 20,  /* images by address */
	FEATURE_MANY_STOPS = 1 << 21,   /* more than four stop sequences */
	FEATURE_OTHER = 1 << 22,        /* members that this program does not know */
	FEATURE_VENDOR_TOOLS = 1 << 23, /* tools and blocks that one vendor defines */
	FEATURE_STOPS = 1 << 24,        /* stop sequences at all */
	FEATURE_DOCUMENT_LINKS = 1 << 25,
	FEATURE_OFFERED_SEARCH = 1 << 26, /* a search at the provider that nobody insists on */
	FEATURE_COMPACTION = 1 << 27,     /* what only OpenAI can read of earlier turns */
	FEATURE_PAST_TOOLS = 1 << 28,     /* what ran at a vendor in earlier turns */
	FEATURE_VIDEO = 1 << 29,
	FEATURE_IMAGE_OUTPUT = 1 << 30,
};

struct chat_conversation {
	struct chat_turn *turns;
	size_t turn_count;
	struct chat_tool *tools;
	size_t tool_count;
	enum tool_choice tool_choice;
	struct slice tool_name;
	struct slice *allowed; /* names that tool_choice narrows the tools to; NULL: all */
	size_t allowed_count;
	bool one_tool_call;

	/* JSON numbers as the client wrote them */
	struct slice temperature, top_p, top_k, presence_penalty, frequency_penalty, seed;
	struct slice *stops;
	size_t stop_count;
	int64_t choices; /* n, at least 1 */
	bool logprobs;
	int64_t top_logprobs; /* -1: not given */

	enum answer_format answer;
	struct slice schema, schema_name, schema_description; /* schema is JSON */
	bool schema_strict;
	/* set by providers/model_fit.h for the composers: */
	bool schema_in_words; /* the model knows JSON alone, and no schema */
	bool json_unknown;    /* nor that */
	bool thinking_off;    /* by the model's own word; effort is the least that it can be told */

	enum chat_effort effort;
	int64_t thinking_budget; /* tokens; -1: not given, 0: off */
	bool thinking_hidden;    /* the client wants none of it shown */
	struct slice verbosity, user;
	unsigned features;    /* enum chat_feature bits */
	int64_t added_bytes;  /* that reading has put in beyond the body's own text, at most */
	struct slice offered; /* FEATURE_OFFERED_SEARCH: its type, as the client has it */
	struct slice other;   /* the names of members, or of a tool, that have no translation */
	const char *fault;    /* a mistake that only a translation has to mind; NULL: none */
};

/* ---- building one, for the readers ---- */

struct chat_turn *conversation_add_turn(
    struct chat_conversation *conversation, enum chat_role role, struct arena *arena);
/* A member that has no translation (FEATURE_OTHER), by its name; names beyond so many bytes are not
 * told. */
#define CONVERSATION_OTHER_MAX 400
void conversation_note_other(
    struct chat_conversation *conversation, struct slice name, struct arena *arena);
/* The turn that was added last becomes the first: instructions, wherever they stood in the body. */
void conversation_put_first(struct chat_conversation *conversation);
struct chat_part *turn_add_part(struct chat_turn *turn, enum part_kind kind, struct arena *arena);
struct chat_part *part_add_part(struct chat_part *result, enum part_kind kind, struct arena *arena);
struct chat_tool *conversation_add_tool(
    struct chat_conversation *conversation, struct arena *arena);
/* A JSON string or an array of strings, of which empty ones are left out; false when it is neither.
 */
bool conversation_read_stops(
    struct chat_conversation *conversation, struct slice value, struct arena *arena);
/* "data:image/png;base64,...." into mime and data, anything else into url. */
void part_set_url(struct chat_part *part, struct slice url);

/* The same back; mime: of data whose part names none. */
struct slice part_url(const struct chat_part *part, const char *mime, struct arena *arena);

/* What a part with media is says its type, and not the name that the client gave it: an image of
 * type application/pdf is a document.  Notes what it asks for. */
void conversation_settle_media(struct chat_conversation *conversation, struct chat_part *part);
bool part_is_video(const struct chat_part *part);
/* Arguments of a call: JSON text in a string, or the object itself. */
void part_set_arguments(struct chat_part *part, struct slice value, struct arena *arena);

/* A tool call's id as a client sends it back: what chat_signed_id put in is taken out again. */
void part_set_id(struct chat_part *part, struct slice id);

/* A signature as a client of this format sends it back: its mark is taken off. */
void part_set_signature(struct chat_part *part, struct slice signature, enum wire_format_id own);

/* ---- reading one, for the writers ---- */

/* Reasoning that one vendor signed, for a client of another's format (own): the signature stands in
 * that format's own field, with a mark that says whose it is.  {NULL, 0}: it has no place there. */
struct slice chat_marked_signature(struct slice signature, enum wire_format_id signed_by,
    enum wire_format_id own, struct arena *arena);
bool signature_is_foreign(struct slice signature); /* it has a mark */

/* The id for a client's eyes.  Gemini wants its state back with a call, and the id is the one field
 * that clients of every format return: "call_1__thought__<base64url>". */
struct slice chat_signed_id(
    struct slice id, struct slice signature, enum wire_format_id signed_by, struct arena *arena);

/* The call that a result answers, looked for before the turn it stands in; NULL: none. */
const struct chat_part *conversation_find_call(
    const struct chat_conversation *conversation, struct slice id);
/* Code, or what it put out, as words: between lines of three back quotes. */
#define CONVERSATION_FENCES 12
struct slice conversation_fenced(struct slice code, struct arena *arena);
/* Is there nothing but white space? */
bool slice_is_blank(struct slice text);
/* All text parts of a list in one: joined with the separator; in the arena when there are several.
 */
struct slice parts_text(
    const struct chat_part *parts, size_t count, const char *separator, struct arena *arena);
/* Is there nothing but text, and no refusal? */
bool parts_only_text(const struct chat_part *parts, size_t count);
/* Has a turn a part of this kind? */
bool turn_has(const struct chat_turn *turn, enum part_kind kind);

/*
 * A copy in the order that strict formats want: every call is answered in the turn after it (one
 * that was interrupted gets a result that says so), results without a call become text, results
 * come before other parts of their turn, neighbours of one role are one turn, and empty turns are
 * gone.
 */
struct chat_conversation *conversation_repair(
    const struct chat_conversation *conversation, struct arena *arena);

/* What the client left open is taken from defaults (a deployment's parameters). */
void conversation_fill(
    struct chat_conversation *conversation, const struct chat_conversation *defaults);

/* How many bytes a translation may add to the text of the request, at most (docs/bound.md). */
int64_t conversation_added_bytes(const struct chat_conversation *conversation);

/* May the model call this tool?  Any, unless the client named some. */
bool conversation_allows(const struct chat_conversation *conversation, struct slice tool_name);

/* Whether a block bears cache_control, as Anthropic has it; for_an_hour: "ttl": "1h".  Anthropic
 * refuses marks of an hour after those of five minutes, so the length is kept wherever the mark is.
 */
bool conversation_cache_mark(struct slice block, bool *for_an_hour);

/* Is a document of this type text, whatever its ending? */
bool mime_is_text(struct slice mime);

/* A document's name as OpenAI takes it: with an ending. */
struct slice conversation_file_name(const struct chat_part *part, struct arena *arena);

#endif
