#ifndef CHAT_MEDIA_H
#define CHAT_MEDIA_H

/*
 * Requests for images, speech, transcriptions and rankings: OpenAI's addresses, and Cohere's for
 * rankings as LiteLLM has it.  They are passed on; what is read is the model, and what the call may
 * cost (prices/media_price.h).  A new address is a row of media.c.
 */
#include "chat/chat_request.h"
#include "prices/media_price.h"

struct media_address {
	const char *path; /* below /v1, here and at the provider */
	enum price_mode mode;
	const char *what;  /* "images", in sentences */
	const char *needs; /* a member that must be there */
};

/* A member of the body, or a part of the form. */
struct media_field {
	struct slice name;  /* without what follows a "[" */
	struct slice value; /* of JSON: as it stands there */
	struct slice whole;
	bool file;
};

struct media_request {
	const struct media_address *address;
	const char *content_type; /* of a form; NULL: the body is JSON */
	const char *boundary;
	struct slice raw;    /* the body as it came */
	struct slice caller; /* of a form: who asked, as JSON; else {NULL, 0} */
	struct media_field *fields;
	size_t field_count;
	struct media_facts facts;
	struct slice reply_format; /* response_format; {NULL, 0}: not said */
	/* Of what is passed through; below its entry: "" or "/path". */
	const char *method, *accept, *below, *query;
	bool binary; /* speech whose client wants its bytes, and no events */
};

/* By what a path ends with; NULL: there is none. */
const struct media_address *media_address(const char *path);

int media_read(const struct media_address *address, const char *content_type, struct slice body,
    const char *path_model, struct arena *arena, struct chat_request *out, struct error *err);

/* Is it passed through as it is, and its answer too (settings/pass_through.h)? */
bool media_passes(const struct chat_request *request);
/* Such a request: its deployment's group, and what of it goes on. */
void media_read_passing(const char *group, const struct media_request *said, struct arena *arena,
    struct chat_request *out);

/* A whole answer as the client is to get it, and its Content-Type: `told` is the provider's. */
struct slice media_finish(struct slice body, const struct chat_request *request,
    const struct usage *usage, struct arena *arena);
const char *media_type(
    const struct chat_request *request, struct slice body, const char *told, struct arena *arena);
/* That of speech which comes in events and goes out as bytes. */
const char *media_speech_type(const struct chat_request *request);

#endif
