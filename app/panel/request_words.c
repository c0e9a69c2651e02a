/*
 * Words about requests.  See the header.
 */
#include "panel/request_words.h"

#include <string.h>

#include "accounts/window.h"
#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/range.h"
#include "panel/show.h"
#include "views/story.h"
#include "views/view_fallbacks.h"

#include "base/banned.h"

static const char *word(const json_t *object, const char *name)
{
	const char *value = json_read_text(object, name);

	return value ? value : "";
}

/* ---- one row ---- */

/* "POST /v1/chat/completions" is "chat", "POST /v1/messages" is "messages". */
static const char *way_of(struct page_call *call, const char *route)
{
	static const struct {
		const char *part, *way;
	} ways[] = { { "/chat/completions", "chat" }, { "/completions", "completions" },
		{ "/messages", "messages" }, { "/responses", "responses" },
		{ "/embeddings", "embeddings" }, { "/moderations", "moderations" },
		{ ":streamGenerateContent", "gemini" }, { ":generateContent", "gemini" } };
	const char *last = strrchr(route, '/');

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (strstr(route, ways[i].part))
			return ways[i].way;
	return last ? arena_printf(call->arena, "%.20s", last + 1) : NULL;
}

static const struct {
	const char *fault, *class, *words;
} faults[] = { { "provider", "bad", "nobody answered" }, { "limit", "warn", "limit" },
	{ "client", "", "the client's mistake" } };

/* "model_not_found" is "model not found". */
static const char *spoken(struct page_call *call, const char *name)
{
	char *words = arena_copy(call->arena, name);

	for (char *at = words; (at = strchr(at, '_')) != NULL;)
		*at = ' ';
	return words;
}

static void set_fault(struct page_call *call, json_t *row)
{
	const char *fault = json_read_text(row, "fault"), *outcome = word(row, "outcome");

	json_set_text(row, "class", "good");
	for (size_t i = 0; fault && i < sizeof faults / sizeof faults[0]; i++)
		if (strcmp(faults[i].fault, fault) == 0) {
			json_set_all(row, "class fault_words", faults[i].class,
			    strcmp(outcome, "budget") == 0 ? "budget used up"
			    : strcmp(outcome, "rate") == 0 ? "rate limit"
			    : strcmp(fault, "client") == 0 ? spoken(call, outcome)
							   : faults[i].words);
		}
	if (json_read_true(row, "from_cache"))
		json_set_text(row, "fault_words", "from cache");
}

static void add_words(struct page_call *call, json_t *row)
{
	const char *day = range_day(call, json_read_int(row, "started_ms", 0));
	int64_t shown_ms = window_shown_at(call->timezone, json_read_int(row, "started_ms", 0));

	json_set_text(row, "when",
	    arena_printf(call->arena, "%s %.8s", day + 4, clock_iso(shown_ms).text + 11));
	json_set_text(row, "way", way_of(call, word(row, "route")));
	set_fault(call, row);
}

void request_words_rows(struct page_call *call, json_t *requests)
{
	json_t *row;
	size_t i;

	json_array_foreach(requests, i, row) add_words(call, row);
}

int request_words_add(
    struct page_call *call, const struct request_filter *filter, json_t *data, struct error *err)
{
	json_t *last = view_requests(call->store, filter, err), *requests;

	if (!last)
		return -1;
	requests = json_object_get(last, "requests");
	request_words_rows(call, requests);
	json_object_set(data, "requests", requests);
	json_set_bool(data, "has_requests", json_array_size(requests) > 0);
	json_decref(last);
	return 0;
}

/* ---- the story of one ---- */

/* The first choice that failed, and why. */
static const char *because(struct page_call *call, const json_t *request)
{
	const json_t *candidates = json_object_get(request, "candidates");

	for (size_t i = 0; i < json_array_size(candidates); i++) {
		const json_t *one = json_array_get(candidates, i);
		bool blocked = json_read_true(one, "blocked");

		if (json_read_true(one, "ok") || blocked)
			continue;
		return arena_printf(call->arena, ", because %s %s", word(one, "deployment_id"),
		    json_read_true(one, "called") ? story_outcome(json_read_text(one, "outcome"))
						  : word(one, "sentence"));
	}
	return "";
}

static const char *answered(struct page_call *call, const json_t *request)
{
	const json_t *candidates = json_object_get(request, "candidates");
	const char *direction = "";

	for (size_t i = 0; i < json_array_size(candidates); i++)
		if (json_read_true(json_array_get(candidates, i), "ok"))
			direction = word(json_array_get(candidates, i), "direction");
	return arena_printf(call->arena, "got %s%s%s", word(request, "deployment_id"),
	    strcmp(direction, "sideways") == 0   ? ", a model of the same tier"
	    : strcmp(direction, "downward") == 0 ? ", a model of a cheaper tier"
						 : "",
	    json_read_true(request, "fell_back") ? because(call, request) : "");
}

static const char *refused_words(struct page_call *call, const json_t *request)
{
	const char *fault = word(request, "fault");

	return strcmp(fault, "provider") == 0
		   ? arena_printf(call->arena, "nobody answered%s", because(call, request))
	       : strcmp(fault, "limit") == 0 ? "was refused by a limit before anything was called"
					     : "was told that the request is wrong";
}

static void set_moral(struct page_call *call, json_t *request)
{
	const char *alias = json_read_text(request, "key_alias");
	bool cached = json_read_true(request, "from_cache");
	bool ok = json_read_true(request, "ok");

	json_set_text(request, "moral",
	    arena_printf(call->arena, "%s asked for %s and %s.%s",
		alias ? alias : word(request, "key_id"), word(request, "asked_model"),
		cached ? "got an answer that had been given before"
		: ok   ? answered(call, request)
		       : refused_words(call, request),
		!ok || cached ? ""
			      : arena_printf(call->arena, " It cost %s.",
				    show_money(json_read_int(request, "cost_nano", 0)).text)));
}

static void add_price_words(struct page_call *call, json_t *candidate)
{
	struct price price;

	if (!json_read_text(candidate, "price_version"))
		return;
	json_set_text(candidate, "price_words",
	    !call->catalog || !view_fallbacks_price(call->catalog, candidate, call->arena, &price)
		? "prices of then"
	    : strcmp(price.version, word(candidate, "price_version")) != 0
		? "prices of then, which have changed since"
	    : strcmp(price.as_of, "settings") == 0
		? "prices of the settings"
		: arena_printf(call->arena, "prices of %s", price.as_of));
}

static void add_bar(json_t *candidate, const json_t *request)
{
	int64_t whole = json_read_int(request, "latency_ms", 0);
	int64_t began =
	    json_read_int(candidate, "started_ms", 0) - json_read_int(request, "started_ms", 0);
	int64_t took = json_read_int(candidate, "latency_ms", 0);

	if (whole <= 0 || took <= 0)
		return;
	began = began < 0 ? 0 : began > whole ? whole : began;
	took = took > whole - began ? whole - began : took;
	json_set_all(candidate, "has_bar? bar_x bar_width", true, began * 1000 / whole,
	    took * 1000 / whole > 4 ? took * 1000 / whole : 4);
}

void request_words_story(struct page_call *call, json_t *request)
{
	json_t *one;
	size_t i;

	add_words(call, request);
	set_moral(call, request);
	json_array_foreach(json_object_get(request, "candidates"), i, one)
	{
		add_price_words(call, one);
		add_bar(one, request);
	}
}
