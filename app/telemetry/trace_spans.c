/*
 * Rows to spans.  See the header.
 *
 * The form is OTLP's JSON: ids are hexadecimal, whole numbers of 64 bits texts.
 */
#include "telemetry/trace_spans.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "telemetry/prompt_log.h"
#include "telemetry/trace_context.h"

#include "base/banned.h"

#define KIND_INTERNAL 1
#define KIND_CLIENT   3

struct span_place { /* where spans of one request belong */
	const struct trace_due *due;
	enum trace_dialect dialect;
	struct trace_context context;
	const char *state;   /* tracestate, or NULL */
	const json_t *facts; /* an object */
	struct slice prompt; /* {NULL, 0}: none */
	json_t *spans;
};

/* ---- values ---- */

static json_t *whole(int64_t value)
{
	char digits[24];

	(void)snprintf(digits, sizeof digits, "%lld", (long long)value);
	return json_string(digits);
}

static json_t *any_value(const char *kind, json_t *value)
{
	json_t *any = json_object();

	json_set(any, kind, value);
	return any;
}

/* Takes value; NULL adds nothing. */
static void add_attribute(json_t *attributes, const char *name, json_t *value)
{
	json_t *pair;

	if (!value)
		return;
	pair = json_object();
	json_set_all(pair, "key value", name, value);
	json_append(attributes, pair);
}

static json_t *text_value(const char *text)
{
	json_t *string = text ? json_string(text) : NULL; /* NULL: no UTF-8 */

	return string ? any_value("stringValue", string) : NULL;
}

static json_t *list_value(const char *list)
{
	json_t *items = json_loads(list, 0, NULL), *values = json_array(), *array = json_object();
	size_t i;
	json_t *item;

	json_array_foreach(items, i, item)
	{
		if (json_is_string(item))
			json_append(values, text_value(json_string_value(item)));
	}
	json_decref(items);
	json_set(array, "values", values);
	return any_value("arrayValue", array);
}

/* Of a parameter of the call, as the client wrote it. */
static json_t *parameter_value(const json_t *value)
{
	if (json_is_integer(value))
		return any_value("intValue", whole(json_integer_value(value)));
	if (json_is_real(value))
		return any_value("doubleValue", json_real(json_real_value(value)));
	return text_value(json_string_value(value));
}

/* Money and times leave the ledger here, for charts: these alone are floating. */
static const struct {
	const char *suffix;
	double one;
} units[] = { { "nano", 1e9 }, { "us", 1e6 }, { "ms", 1e3 } };

static json_t *value_of(const struct statement *s, int column, const char *kind)
{
	if (statement_is_null(s, column))
		return NULL;
	if (kind && strcmp(kind, "list") == 0)
		return list_value(statement_text(s, column));
	if (kind && strcmp(kind, "yes") == 0)
		return any_value("boolValue", json_boolean(statement_int(s, column) != 0));
	for (size_t i = 0; kind && i < sizeof units / sizeof units[0]; i++)
		if (strcmp(kind, units[i].suffix) == 0)
			return any_value("doubleValue",
			    json_real((double)statement_int(s, column) / units[i].one));
	return statement_is_text(s, column)
		   ? text_value(statement_text(s, column))
		   : any_value("intValue", whole(statement_int(s, column)));
}

static bool is_for(const char *name, enum trace_dialect dialect)
{
	if (strncmp(name, "langfuse.", 9) == 0)
		return dialect == TRACE_LANGFUSE;
	if (strncmp(name, "llm.", 4) == 0 || strncmp(name, "openinference.", 14) == 0)
		return dialect == TRACE_OPENINFERENCE;
	return true;
}

/* The columns from `first` on, each named as its attribute. */
static json_t *attributes_of(const struct statement *s, int first, enum trace_dialect dialect)
{
	json_t *attributes = json_array();
	const char *column;

	for (int i = first; (column = statement_name(s, i)); i++) {
		const char *kind = strchr(column, ':');
		char name[64];

		(void)snprintf(name, sizeof name, "%.*s",
		    (int)(kind ? kind - column : (ptrdiff_t)strlen(column)), column);
		if (is_for(name, dialect))
			add_attribute(attributes, name, value_of(s, i, kind ? kind + 1 : NULL));
	}
	return attributes;
}

/* ---- spans ---- */

struct span {
	int number; /* trace_span_id_of */
	const char *name;
	int kind;
	int64_t from_ms, to_ms;
	int status;
	const char *words;
	json_t *attributes; /* taken */
};

/* Null is not what a receiver takes for no text, and what is no UTF-8 is none. */
static void set_if_text(json_t *object, const char *name, const char *text)
{
	json_t *value = text ? json_string(text) : NULL;

	if (value)
		json_set(object, name, value);
}

static void add_span(const struct span_place *place, const struct span *span)
{
	const char *request_id = place->due->request_id;
	json_t *object = json_object(), *status = json_object();
	const char *parent =
	    span->number == 0 ? place->context.parent_id : trace_span_id_of(request_id, 0).text;

	json_set_all(object, "traceId spanId", place->context.trace_id,
	    trace_span_id_of(request_id, span->number).text);
	if (*parent)
		json_set_text(object, "parentSpanId", parent);
	set_if_text(object, "traceState", place->state);
	set_if_text(object, "name", span->name);
	json_set_all(object, "kind startTimeUnixNano endTimeUnixNano attributes", span->kind,
	    whole(span->from_ms * 1000000),
	    whole((span->to_ms > span->from_ms ? span->to_ms : span->from_ms) * 1000000),
	    span->attributes);
	if (span->status)
		json_set_int(status, "code", span->status);
	set_if_text(status, "message", span->words);
	json_set(object, "status", status);
	json_append(place->spans, object);
}

/* name, kind, begin, end, status and its words: the columns from `first` on. */
static struct span span_of(const struct statement *s, int number, const struct span_place *place)
{
	return (struct span){
		.number = number,
		.name = statement_text(s, 0),
		.kind = (int)statement_int(s, 1),
		.from_ms = statement_int(s, 2),
		.to_ms = statement_int(s, 3),
		.status = (int)statement_int(s, 4),
		.words = statement_text(s, 5),
		.attributes = attributes_of(s, 6, place->dialect),
	};
}

/* OpenInference's names, which Langfuse takes too (its mapping of attributes, 2026-11-30). */
static void add_prompt(const struct span_place *place, json_t *attributes)
{
	static const char *const names[] = { "input.value", "langfuse.trace.input" };
	struct slice text = slice_beginning(place->prompt, TRACE_PROMPT_MAX);

	for (size_t i = 0; text.ptr && i < sizeof names / sizeof names[0]; i++)
		if (is_for(names[i], place->dialect))
			add_attribute(attributes, names[i],
			    any_value("stringValue", json_stringn(text.ptr, text.len)));
}

/* 1: it is there; 0: retention has deleted it; -1: err. */
static int add_request(
    struct store_reader *reader, const struct span_place *place, struct error *err)
{
	struct statement *s = store_query(reader, SQL_TRACE_REQUEST, err);
	struct span span;
	int result;

	statement_bind(s, ":id", place->due->request_id);
	result = statement_step(s, err);
	if (result == 1) {
		span = span_of(s, 0, place);
		add_prompt(place, span.attributes);
		add_span(place, &span);
	}
	return result;
}

static void span_parameters(const struct span_place *place, json_t *attributes)
{
	const char *name;
	json_t *value;

	/* jansson's walk takes no const object, and changes nothing */
	json_object_foreach((json_t *)json_object_get(place->facts, "request"), name, value)
	{
		add_attribute(attributes, name, parameter_value(value));
	}
}

static int add_attempts(
    struct store_reader *reader, const struct span_place *place, struct error *err)
{
	struct statement *s = store_query(reader, SQL_TRACE_ATTEMPTS, err);
	int result;

	statement_bind(s, ":id", place->due->request_id);
	if (place->due->attempt)
		statement_bind(s, ":attempt", place->due->attempt);
	else
		statement_bind_null(s, ":attempt");
	while ((result = statement_step(s, err)) == 1) {
		struct span span = span_of(s, (int)statement_int(s, 6), place);

		if (span.kind == KIND_CLIENT)
			span_parameters(place, span.attributes);
		add_span(place, &span);
	}
	return result;
}

static void add_waits(const struct span_place *place)
{
	size_t i;
	json_t *wait;

	json_array_foreach(json_object_get(place->facts, "waits"), i, wait)
	{
		const char *why = json_read_text(wait, "why");
		char name[64];
		struct span span = { .number = -(int)i - 1,
			.name = name,
			.kind = KIND_INTERNAL,
			.from_ms = json_read_int(wait, "from_ms", 0),
			.to_ms = json_read_int(wait, "to_ms", 0),
			.attributes = json_array() };

		(void)snprintf(name, sizeof name, "wait %.40s", why ? why : "");
		add_attribute(span.attributes, "sideways.wait", text_value(why));
		add_span(place, &span);
	}
}

/* One that does not open is left out: the panel says why. */
static struct slice prompt_of(struct store *store, const struct prompt_settings *prompts,
    const struct trace_due *due, struct arena *arena)
{
	struct kept_prompt kept = { 0 };
	struct error err = { 0 };

	if (prompts->traces && !due->attempt)
		(void)prompt_log_find(
		    store, prompts, due->request_id, clock_wall_ms(), arena, &kept, &err);
	return kept.text;
}

int trace_spans_add(struct store *store, const struct prompt_settings *prompts,
    const struct trace_due *due, enum trace_dialect dialect, json_t *spans, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	AUTO_JSON json_t *facts = json_loads(due->facts, 0, NULL);
	struct span_place place = { .due = due,
		.dialect = dialect,
		.facts = facts,
		.state = json_read_text(facts, "tracestate"),
		.spans = spans };
	struct store_reader *reader;
	int result;

	place.prompt = prompt_of(store, prompts, due, &arena);
	reader = store_reader_borrow(store, err);
	result = reader ? 1 : -1;
	if (!trace_context_read(json_read_text(facts, "traceparent"), &place.context))
		trace_context_new(due->request_id, &place.context);
	if (result == 1 && !due->attempt) {
		result = add_request(reader, &place, err);
		if (result == 1)
			add_waits(&place);
	}
	if (result == 1)
		result = add_attempts(reader, &place, err);
	store_reader_return(store, reader);
	return result < 0 ? -1 : 0;
}

/* ---- whose they are ---- */

json_t *trace_spans_wrap(const struct trace_settings *settings,
    const struct trace_destination *destination, json_t *spans)
{
	const char *service = destination->service ? destination->service : settings->service;
	json_t *attributes = json_array(), *resource = json_object(), *scope = json_object();
	json_t *scope_spans = json_object(), *resource_spans = json_object(), *body = json_object(),
	       *list;

	add_attribute(attributes, "service.name", text_value(service));
	if (destination->dialect == TRACE_OPENINFERENCE) {
		add_attribute(attributes, "openinference.project.name", text_value(service));
		add_attribute(attributes, "model_id", text_value(service));
	}
	for (size_t i = 0; i < settings->resource.count; i++)
		if (strcmp(settings->resource.items[i].name, "service.name") != 0)
			add_attribute(attributes, settings->resource.items[i].name,
			    text_value(settings->resource.items[i].value));
	json_set(resource, "attributes", attributes);
	json_set_all(scope, "name version", "sideways", PACKAGE_VERSION);
	json_set_all(scope_spans, "scope spans", scope, spans);
	json_set(resource_spans, "resource", resource);
	list = json_array();
	json_append(list, scope_spans);
	json_set(resource_spans, "scopeSpans", list);
	list = json_array();
	json_append(list, resource_spans);
	json_set(body, "resourceSpans", list);
	return body;
}
