/*
 * Destinations of traces.  See the header.
 *
 * Names and variables are those of litellm 1.110.2 (litellm_core_utils/litellm_logging.py and
 * integrations/, read 2026-11-29); the standard variables those of OpenTelemetry's specification of
 * OTLP exporters.
 */
#include "settings/trace_sections.h"

#include <string.h>

#include "base/base64.h"
#include "settings/address.h"
#include "settings/values.h"

#include "base/banned.h"

#define DESTINATIONS_MAX 8
#define HEADERS_MAX      8

enum { TRACES_SUCCESSES = 1, TRACES_FAILURES = 2 };

struct preset_header {
	const char *name, *value; /* $NAME stands for a variable's value */
	bool basic;               /* value is a user and a password */
	bool optional;            /* left out where its variable is not set; else nothing is sent */
};

struct preset {
	const char *name;
	const char *addresses[4]; /* variables, the first that is set; "=NAME": as it stands */
	const char *fallback;     /* where none is; NULL: nothing is sent */
	const char *path;         /* below the address, unless it ends so */
	struct preset_header headers[4];
	const char *projects[2]; /* variables that name the service */
	enum trace_dialect dialect;
	/* Arize Phoenix refuses JSON with 415 (arize-phoenix 20.26.1); LiteLLM sends all of these
	 * protobuf. */
	bool protobuf;
};

static const struct preset presets[] = {
	{ .name = "otel",
	    .addresses = { "=OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT",
		"OTEL_ENDPOINT" },
	    .path = "/v1/traces" },
	{ .name = "langfuse",
	    .addresses = { "LANGFUSE_HOST", "LANGFUSE_BASE_URL" },
	    .fallback = "https://cloud.langfuse.com",
	    .path = "/api/public/otel/v1/traces",
	    .headers = { { .name = "Authorization",
			     .value = "$LANGFUSE_PUBLIC_KEY:$LANGFUSE_SECRET_KEY",
			     .basic = true },
		{ .name = "x-langfuse-ingestion-version", .value = "4" } },
	    .dialect = TRACE_LANGFUSE },
	{ .name = "langfuse_otel",
	    .addresses = { "LANGFUSE_OTEL_HOST", "LANGFUSE_HOST" },
	    .fallback = "https://us.cloud.langfuse.com",
	    .path = "/api/public/otel/v1/traces",
	    .headers = { { .name = "Authorization",
			     .value = "$LANGFUSE_PUBLIC_KEY:$LANGFUSE_SECRET_KEY",
			     .basic = true },
		{ .name = "x-langfuse-ingestion-version", .value = "4" } },
	    .dialect = TRACE_LANGFUSE },
	{ .name = "arize",
	    .addresses = { "=ARIZE_HTTP_ENDPOINT", "ARIZE_ENDPOINT" },
	    .fallback = "https://otlp.arize.com",
	    .path = "/v1/traces",
	    .headers = { { .name = "space_id", .value = "$ARIZE_SPACE_KEY", .optional = true },
		{ .name = "space_id", .value = "$ARIZE_SPACE_ID", .optional = true },
		{ .name = "api_key", .value = "$ARIZE_API_KEY" } },
	    .projects = { "ARIZE_PROJECT_NAME" },
	    .dialect = TRACE_OPENINFERENCE,
	    .protobuf = true },
	{ .name = "arize_phoenix",
	    .addresses = { "PHOENIX_COLLECTOR_HTTP_ENDPOINT", "PHOENIX_COLLECTOR_ENDPOINT" },
	    .fallback = "http://localhost:6006",
	    .path = "/v1/traces",
	    .headers = { { .name = "Authorization",
		.value = "Bearer $PHOENIX_API_KEY",
		.optional = true } },
	    .projects = { "PHOENIX_PROJECT_NAME", "ARIZE_PROJECT_NAME" },
	    .dialect = TRACE_OPENINFERENCE,
	    .protobuf = true },
	{ .name = "langtrace",
	    .addresses = { "LANGTRACE_API_HOST" },
	    .fallback = "https://app.langtrace.ai",
	    .path = "/api/trace",
	    .headers = { { .name = "x-api-key", .value = "$LANGTRACE_API_KEY" } },
	    .protobuf = true },
	{ .name = "levo",
	    .addresses = { "=LEVOAI_COLLECTOR_URL" },
	    .headers = { { .name = "Authorization", .value = "Bearer $LEVOAI_API_KEY" },
		{ .name = "x-levo-organization-id", .value = "$LEVOAI_ORG_ID" },
		{ .name = "x-levo-workspace-id", .value = "$LEVOAI_WORKSPACE_ID" } },
	    .protobuf = true },
	{ .name = "logfire",
	    .addresses = { "LOGFIRE_BASE_URL" },
	    .fallback = "https://logfire-api.pydantic.dev",
	    .path = "/v1/traces",
	    .headers = { { .name = "Authorization", .value = "$LOGFIRE_TOKEN" } },
	    .protobuf = true },
	{ .name = "signoz",
	    .addresses = { "SIGNOZ_INGESTION_ENDPOINT" },
	    .path = "/v1/traces",
	    .headers = { { .name = "signoz-ingestion-key",
		.value = "$SIGNOZ_INGESTION_KEY",
		.optional = true } },
	    .protobuf = true },
	{ .name = "weave_otel",
	    .addresses = { "WANDB_HOST" },
	    .fallback = "https://trace.wandb.ai",
	    .path = "/otel/v1/traces",
	    .headers = { { .name = "Authorization", .value = "api:$WANDB_API_KEY", .basic = true },
		{ .name = "project_id", .value = "$WANDB_PROJECT_ID" } },
	    .protobuf = true },
};
#define PRESET_COUNT (sizeof presets / sizeof presets[0])

/* ---- variables ---- */

static const char *first_set(const struct reading *r, const char *const *names, size_t most)
{
	for (size_t i = 0; i < most && names[i]; i++) {
		const char *value = value_variable(r, names[i]);

		if (value && *value)
			return value;
	}
	return NULL;
}

/* NULL: *out_missing is not set. */
static const char *filled(const struct reading *r, const char *form, const char **out_missing)
{
	const char *out = "";

	while (*form) {
		size_t plain = strcspn(form, "$"), name_len;
		const char *name, *value;

		out = arena_printf(r->arena, "%s%.*s", out, (int)plain, form);
		form += plain;
		if (!*form)
			break;
		name_len = strspn(++form, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		name = arena_copy_slice(r->arena, (struct slice){ form, name_len });
		value = value_variable(r, name);
		if (!value || !*value) {
			*out_missing = name;
			return NULL;
		}
		out = arena_printf(r->arena, "%s%s", out, value);
		form += name_len;
	}
	return out;
}

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static struct slice without_blanks(struct slice text)
{
	for (; text.len > 0 && (*text.ptr == ' ' || *text.ptr == '\t'); text.len--)
		text.ptr++;
	while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]))
		text.len--;
	return text;
}

/* Without %XX. */
static char *decoded(struct slice text, struct arena *arena)
{
	char *out = arena_alloc(arena, text.len + 1), *to = out;

	for (size_t i = 0; i < text.len; i++) {
		bool escape = text.ptr[i] == '%' && i + 2 < text.len &&
			      hex_value(text.ptr[i + 1]) >= 0 && hex_value(text.ptr[i + 2]) >= 0;

		*to++ = escape
			    ? (char)(hex_value(text.ptr[i + 1]) * 16 + hex_value(text.ptr[i + 2]))
			    : text.ptr[i];
		i += escape ? 2 : 0;
	}
	*to = '\0';
	return out;
}

/* "name=value,name=value", as OTEL_EXPORTER_OTLP_HEADERS and OTEL_RESOURCE_ATTRIBUTES have it. */
static void read_pairs(const struct reading *r, const char *text, struct settings_pairs *out)
{
	while (text && *text) {
		size_t len = strcspn(text, ","), name_len = strcspn(text, "=,");

		if (name_len < len) {
			struct settings_pair *pair =
			    arena_grow(r->arena, &out->items, &out->count, sizeof *pair);
			struct slice value = { text + name_len + 1, len - name_len - 1 };

			pair->name = arena_copy_slice(
			    r->arena, without_blanks((struct slice){ text, name_len }));
			pair->value = decoded(without_blanks(value), r->arena);
		}
		text += len + (text[len] == ',');
	}
}

/* ---- one destination ---- */

static const char *below(const struct reading *r, const char *address, const char *path)
{
	size_t len = strlen(address), path_len = strlen(path);

	while (len > 0 && address[len - 1] == '/')
		len--;
	if (!strstr(address, "://")) {
		address = arena_printf(r->arena, "https://%.*s", (int)len, address);
		len = strlen(address);
	}
	if ((len >= path_len && memcmp(address + len - path_len, path, path_len) == 0) ||
	    strstr(address, "/v2/trace/otlp")) /* Splunk's */
		path = "";
	else if (strncmp(path, "/v1/", 4) == 0 && len > 3 &&
		 memcmp(address + len - 3, "/v1", 3) == 0)
		path += 3;
	return arena_printf(r->arena, "%.*s%s", (int)len, address, path);
}

/* NULL: it has none. */
static const char *address_of(const struct reading *r, const struct preset *preset)
{
	for (size_t i = 0; i < 4 && preset->addresses[i]; i++) {
		bool exact = preset->addresses[i][0] == '=';
		const char *value = value_variable(r, preset->addresses[i] + exact);

		if (value && *value)
			return exact ? arena_copy(r->arena, value) : below(r, value, preset->path);
	}
	return preset->fallback ? below(r, preset->fallback, preset->path) : NULL;
}

static void add_header(
    const struct reading *r, struct settings_pairs *headers, const char *name, const char *value)
{
	struct settings_pair *pair =
	    arena_grow(r->arena, &headers->items, &headers->count, sizeof *pair);

	pair->name = arena_copy(r->arena, name);
	pair->value = arena_copy(r->arena, value);
}

/* False: *out_missing is not set. */
static bool read_headers(const struct reading *r, const struct preset *preset,
    struct settings_pairs *out, const char **out_missing)
{
	for (size_t i = 0; i < 4 && preset->headers[i].name; i++) {
		const struct preset_header *header = &preset->headers[i];
		const char *value = filled(r, header->value, out_missing);

		if (!value && header->optional)
			continue;
		if (!value)
			return false;
		if (header->basic)
			value = arena_printf(r->arena, "Basic %s",
			    arena_copy_slice(r->arena, base64_encode(slice_of(value), r->arena)));
		add_header(r, out, header->name, value);
	}
	return true;
}

static bool is_header(const struct settings_pair *pair)
{
	static const char token[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";

	for (const char *c = pair->value; *c; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return *pair->name && strspn(pair->name, token) == strlen(pair->name);
}

/* What is none may be a secret in a form that is not read, so it is not shown. */
static bool headers_fit(struct reading *r, const char *label, const struct yaml_node *node,
    const char *name, const struct settings_pairs *headers)
{
	for (size_t i = 0; i < headers->count; i++) {
		if (i < HEADERS_MAX && is_header(&headers->items[i]))
			continue;
		problems_add(r->problems, PROBLEM_WARNING, node->origin,
		    i < HEADERS_MAX
			? "%s: %s gets no traces: header %zu that its variables give is none "
			  "(write name=value; names have no spaces, values are printable ASCII)"
			: "%s: %s gets no traces: its variables give %zu headers or more; at most "
			  "8 are sent",
		    label, name, i + 1);
		return false;
	}
	return true;
}

/* The standard variables beside the address, which hold for `otel` alone. */
static void read_standard(struct reading *r, const char *label, const struct yaml_node *node,
    struct trace_destination *out)
{
	static const char *const headers[] = { "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
		"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_HEADERS" };
	static const char *const protocols[] = { "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
		"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER" };
	const char *protocol = first_set(r, protocols, 3);

	read_pairs(r, first_set(r, headers, 3), &out->headers);
	out->protobuf = protocol && strcmp(protocol, "http/protobuf") == 0;
	if ((protocol && strstr(protocol, "grpc")) || strstr(out->url, ":4317"))
		value_warn(r, label, node->origin,
		    "otel: gRPC is not spoken; traces are sent over HTTP, for which collectors "
		    "listen at port 4318");
}

static bool has_address(struct reading *r, const char *label, const struct yaml_node *node,
    const struct preset *preset, const char *url)
{
	if (url)
		return true;
	value_warn(r, label, node->origin, "%s gets no traces, because %s is not set", preset->name,
	    preset->addresses[1] ? preset->addresses[1] : preset->addresses[0] + 1);
	return false;
}

static bool read_preset(struct reading *r, const char *label, const struct yaml_node *node,
    const struct preset *preset, struct trace_destination *out)
{
	const char *missing = NULL;

	*out = (struct trace_destination){ .name = preset->name,
		.url = address_of(r, preset),
		.dialect = preset->dialect,
		.protobuf = preset->protobuf,
		.service = first_set(r, preset->projects, 2) };
	if (!has_address(r, label, node, preset, out->url) ||
	    !address_check(r, label, node, out->url))
		return false;
	if (!read_headers(r, preset, &out->headers, &missing)) {
		value_warn(r, label, node->origin, "%s gets no traces, because %s is not set",
		    preset->name, missing);
		return false;
	}
	if (preset == &presets[0])
		read_standard(r, label, node, out);
	return headers_fit(r, label, node, preset->name, &out->headers);
}

/* ---- the lists ---- */

static void no_destination(
    struct reading *r, const char *label, const struct yaml_node *node, const char *name)
{
	if (strcmp(name, "prometheus") == 0) {
		value_note(r, label, node->origin,
		    "'prometheus' needs no callback: GET /metrics is always there");
		return;
	}
	value_note(r, label, node->origin,
	    "'%.60s' is not supported, and gets nothing: traces go to otel, langfuse, "
	    "langfuse_otel, arize, arize_phoenix, langtrace, levo, logfire, signoz and weave_otel; "
	    "each request and attempt is recorded in the database",
	    name);
}

static void read_callback(
    struct reading *r, const char *label, const struct yaml_node *node, unsigned what)
{
	struct trace_settings *traces = &r->settings->traces;
	struct trace_destination read;
	char *name;
	size_t at = 0;

	if (!value_text(r, label, node, &name))
		return;
	while (at < PRESET_COUNT && strcmp(presets[at].name, name) != 0)
		at++;
	if (at == PRESET_COUNT) {
		no_destination(r, label, node, name);
		return;
	}
	for (size_t i = 0; i < traces->count; i++)
		if (strcmp(traces->items[i].name, name) == 0) {
			traces->items[i].successes |= what & TRACES_SUCCESSES;
			traces->items[i].failures |= what & TRACES_FAILURES;
			return;
		}
	if (traces->count == DESTINATIONS_MAX || !read_preset(r, label, node, &presets[at], &read))
		return;
	read.successes = what & TRACES_SUCCESSES;
	read.failures = what & TRACES_FAILURES;
	*(struct trace_destination *)arena_grow(
	    r->arena, &traces->items, &traces->count, sizeof read) = read;
}

static void read_service(struct reading *r)
{
	struct trace_settings *traces = &r->settings->traces;
	const char *name = value_variable(r, "OTEL_SERVICE_NAME");

	if (traces->service || traces->count == 0)
		return;
	read_pairs(r, value_variable(r, "OTEL_RESOURCE_ATTRIBUTES"), &traces->resource);
	for (size_t i = 0; i < traces->resource.count && !(name && *name); i++)
		if (strcmp(traces->resource.items[i].name, "service.name") == 0)
			name = traces->resource.items[i].value;
	traces->service = arena_copy(r->arena, name && *name ? name : "sideways");
}

static void read_callbacks(
    struct reading *r, const char *label, const struct yaml_node *node, unsigned what)
{
	for (size_t i = 0; i < yaml_tree_count(node); i++)
		read_callback(r, label, yaml_tree_item(node, i), what);
	read_service(r);
}

void traces_of_callbacks(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	read_callbacks(r, label, node, TRACES_SUCCESSES | TRACES_FAILURES);
}

void traces_of_successes(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	read_callbacks(r, label, node, TRACES_SUCCESSES);
}

void traces_of_failures(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	read_callbacks(r, label, node, TRACES_FAILURES);
}
