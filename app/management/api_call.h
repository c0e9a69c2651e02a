#ifndef MANAGEMENT_API_CALL_H
#define MANAGEMENT_API_CALL_H

/*
 * One call of the management API: who calls, what with, and what is wrong with it.
 *
 * A handler returns the answer (a new reference), or NULL with err.  The kind gives the status, as
 * everywhere; api_refuse gives 422 and names the field, as LiteLLM does for fields of a wrong type.
 * What LiteLLM's clients may send and what has no effect here is told in the answer, under
 * sideways.notices.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "accounts/audit_event.h"
#include "accounts/keys.h"
#include "base/arena.h"
#include "base/error.h"
#include "relay/catalog.h"
#include "relay/gateway.h"
#include "web/form.h"
#include "web/reply.h"
#include "web/request.h"

struct api_call {
	struct gateway *gateway;
	const struct web_request *request;
	struct web_reply *reply; /* for headers */
	struct arena *arena;
	struct catalog *catalog;
	const struct settings *settings;
	struct store *store;
	struct virtual_key key; /* the caller's */
	struct actor by;
	int64_t now_ms;
	struct form query;
	struct slice parameter; /* what {} of the path matched */
	json_t *notices;        /* an array, or NULL */
	int status;             /* of a refusal that is not its kind's; 0: it is */
	const char *param;      /* the field that was refused; may be NULL */
};

typedef json_t *api_answer(struct api_call *call, struct error *err);

/* 422: a field that is not known, or not of its type.  Returns -1. */
int api_refuse(struct api_call *call, const char *param, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* 400 that names the field.  Returns -1. */
int api_wrong(struct api_call *call, const char *param, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

void api_notice(struct api_call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- the query ---- */

/* Refuses parameters that are not among the names (one space between them). */
int api_query_only(struct api_call *call, const char *names, struct error *err);
const char *api_query(struct api_call *call, const char *name); /* NULL: none, or empty */
/* fallback when absent. */
int api_query_int(struct api_call *call, const char *name, int64_t least, int64_t most,
    int64_t fallback, int64_t *out, struct error *err);
int api_query_bool(
    struct api_call *call, const char *name, bool fallback, bool *out, struct error *err);
/* A date or a time, UTC; 0 when absent.  is_end: a date alone means the end of its day. */
int api_query_time(
    struct api_call *call, const char *name, bool is_end, int64_t *out_ms, struct error *err);

/* The key that text names: id, SHA-256, alias or the key itself; ERROR_NOT_FOUND as LiteLLM words
 * it. Deleted ones are not found. */
int api_find_key(
    struct api_call *call, const char *which, struct virtual_key *out, struct error *err);

/* {"page", "SIZE", "total", "total_pages"} and a slice of what there is. */
struct api_page {
	const char *size_name; /* "size", "page_size" */
	int64_t page, size;
};
int api_page_read(struct api_call *call, const char *size_name, int64_t fallback, int64_t most,
    struct api_page *out, struct error *err);
/* {NAME: the page's part of all, "total", ...}; all is an array that stays the caller's. */
json_t *api_page_of(const struct api_page *page, const char *name, const json_t *all);
void api_page_write(const struct api_page *page, int64_t total, json_t *answer);
/* One of the words (one space between them) or NULL when it is absent; -1: another. */
int api_query_word(struct api_call *call, const char *name, const char *words, const char **out,
    struct error *err);

/* As text in the arena; takes value. */
const char *api_json_text(struct api_call *call, json_t *value);

bool api_may_look(const struct api_call *call);   /* master, admin, viewer */
bool api_may_change(const struct api_call *call); /* master, admin */

#endif
