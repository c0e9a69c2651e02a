#ifndef TESTS_UNIT_RELAY_PLAY_H
#define TESTS_UNIT_RELAY_PLAY_H

/*
 * A stage for tests of the relay: the real relay, ledger, keys and breakers over a fresh database
 * and a fake clock; only the network is played.  A script says what each upstream model answers,
 * call by call; the play remembers who was called.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "accounts/account_wish.h"
#include "accounts/ledger.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/number.h"
#include "base/text.h"
#include "chat/client_format.h"
#include "relay/gateway.h"
#include "relay/relay.h"
#include "settings/load.h"

struct step {
	const char *model;  /* the upstream's model name in the body sent; "" ends the script */
	enum fetch_end end; /* FETCH_DONE unless said */
	int status;
	const char *body;        /* NULL: a good answer of 10 in, 5 out */
	const char *retry_after; /* header, or NULL */
	int64_t takes_ms; /* 0: the play's call_ms; longer than the call's limit is a timeout */
};

struct play {
	struct gateway gateway;
	char folder[64];
	char key[64];
	const struct step *script; /* each step is played once, the last of a model for ever */
	bool used[32];
	char called[512];             /* "a b b " */
	int64_t call_ms;              /* how long each upstream call lasts; 0: 100 ms */
	enum wire_format_id format;   /* that the client speaks; OpenAI's chat unless said */
	struct request_caller caller; /* whom the client names as its user, its tags */
	const char *more_messages;    /* after the first one, each with its comma; NULL: none */
	struct {
		int64_t first_byte_ms, idle_ms, total_ms;
	} limits[16]; /* that the calls of the last request were given */
	size_t calls;

	struct arena arena;
	struct relay_outcome out;
	struct error err;
	struct text streamed; /* the events a client got, one a line */
	int keep_alives;
	bool (*looks)(struct play *play); /* after its client; NULL: it stays */
};

/* The settings are YAML text; the key may use everything and has the given budget ("1/1d"), or none
 * for NULL. */
void play_begin(struct play *play, const char *settings, const char *key_budget);
void play_end(struct play *play);

/* Changes the key. */
void play_change_key(struct play *play, const struct account_wish *wish);

/* Sends a chat request; members is put into the body beside messages: "\"model\":\"a\"".
 * relay_run's result. */
int play_ask(struct play *play, const struct step *script, const char *members);

/* One number out of the database. */
int64_t play_count(struct play *play, const char *sql);

/* The ledger agrees with itself, and nothing is held. */
void play_audit(struct play *play);

#define GOOD_SSE                                                                                   \
	"data: "                                                                                   \
	"{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"   \
	"\"hel\"}}]}\n\n"                                                                          \
	"data: "                                                                                   \
	"{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_"         \
	"reason\":\"stop\"}]}\n\n"                                                                 \
	"data: "                                                                                   \
	"{\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,"    \
	"\"total_tokens\":15}}\n\n"                                                                \
	"data: [DONE]\n\n"
#define CUT_SSE                                                                                    \
	"data: "                                                                                   \
	"{\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"   \
	"\"hel\"}}]}\n\n"

#endif
