/*
 * See the header.  The order in which a region is looked for is LiteLLM's (litellm 1.110.2,
 * llms/bedrock/base_aws_llm.py, 2026-11-29), but for a profile's own region, which it leaves to
 * boto3.
 */
#include "settings/cloud_names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "settings/aws_files.h"
#include "settings/values.h"
#include "settings/yaml_json.h"

#include "base/banned.h"

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static char *from_environment(struct reading *r, const char *const *names)
{
	for (; *names; names++) {
		const char *value = getenv(*names);

		if (value && *value)
			return arena_copy(r->arena, value);
	}
	return NULL;
}

void cloud_credentials(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct cloud_settings *cloud = &((struct deployment *)base)->cloud;
	enum yaml_json_type type;
	struct scalar scalar;

	if (node->kind == YAML_IS_MAP)
		(void)yaml_json(r, label, node, &cloud->credentials, &type);
	else if (value_scalar(r, label, node, &scalar))
		cloud->credentials = arena_copy(r->arena, scalar.text);
}

const char *cloud_model_name(const char *id)
{
	const char *slash = has_prefix(id, "arn:") ? strrchr(id, '/') : NULL;

	return slash ? slash + 1 : id;
}

size_t cloud_geography(const char *id)
{
	static const char *const names[] = { "us.", "eu.", "apac.", "jp.", "au.", "global.",
		"us-gov.", "in.", "ca.", "sa.", "uk." };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (has_prefix(id, names[i]))
			return strlen(names[i]);
	return 0;
}

/* "us-west-2", "us-gov-east-1", "eusc-de-east-1" */
static bool is_region(const char *text, size_t len)
{
	size_t dashes = 0;

	for (size_t i = 0; i < len; i++) {
		dashes += text[i] == '-';
		if (!islower((unsigned char)text[i]) && text[i] != '-' &&
		    !(isdigit((unsigned char)text[i]) && i == len - 1))
			return false;
	}
	return len > 6 && dashes >= 2 && text[len - 2] == '-' &&
	       isdigit((unsigned char)text[len - 1]);
}

/* arn:aws:bedrock:REGION:... */
static char *region_of_arn(struct reading *r, const char *arn)
{
	const char *at = arn;
	size_t len;

	for (int colons = 0; colons < 3 && at; colons++) {
		at = strchr(at, ':');
		at = at ? at + 1 : NULL;
	}
	len = at ? strcspn(at, ":") : 0;
	return len ? arena_copy_slice(r->arena, (struct slice){ at, len }) : NULL;
}

void cloud_name_routes(struct reading *r, struct deployment *d)
{
	if (strcmp(d->provider, "bedrock_converse") == 0)
		d->cloud.route = arena_copy(r->arena, "converse");
	else if (strcmp(d->provider, "bedrock_mantle") == 0)
		d->cloud.route = arena_copy(r->arena, "mantle");
}

/* "converse/ID": true when the first part is a way to call. */
static bool take_route(struct reading *r, struct deployment *d)
{
	static const char *const routes[] = { "converse", "invoke", "mantle", "openai",
		"chat_completions", "messages", "agent", "agentcore", "claude_platform",
		"converse_like", "async_invoke" };
	size_t len = strcspn(d->model, "/");

	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (d->model[len] && strlen(routes[i]) == len && has_prefix(d->model, routes[i])) {
			d->cloud.route = arena_copy(r->arena, routes[i]);
			d->model += len + 1;
			return true;
		}
	return false;
}

static bool is_offered(const char *route)
{
	return !route ||
	       text_is_one_of(route, "converse invoke mantle openai chat_completions messages");
}

/* One that the name holds wins over the entry's, as with LiteLLM. */
static void take_region(struct reading *r, struct deployment *d)
{
	size_t len = strcspn(d->model, "/");

	if (d->model[len] && is_region(d->model, len)) {
		d->cloud.region = arena_copy_slice(r->arena, (struct slice){ d->model, len });
		d->model += len + 1;
	}
	if (has_prefix(d->model, "arn:") && region_of_arn(r, d->model))
		d->cloud.region = region_of_arn(r, d->model);
	else if (d->cloud.model_id && has_prefix(d->cloud.model_id, "arn:") &&
		 region_of_arn(r, d->cloud.model_id))
		d->cloud.region = region_of_arn(r, d->cloud.model_id);
}

static void find_region(struct reading *r, struct deployment *d, struct origin origin)
{
	static const char *const names[] = { "AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION",
		NULL };

	if (!d->cloud.region)
		d->cloud.region = from_environment(r, names);
	if (!d->cloud.region)
		d->cloud.region = aws_files_region(d->cloud.profile, r->arena);
	if (d->cloud.region)
		return;
	d->cloud.region = arena_copy(r->arena, "us-west-2");
	if (!d->api_base)
		problems_add(r->problems, PROBLEM_NOTICE, origin,
		    "model 'bedrock/%.60s': no aws_region_name is given; us-west-2 is called, as "
		    "LiteLLM does",
		    d->model);
}

static bool settle_bedrock(struct reading *r, struct deployment *d, struct origin origin)
{
	static const char *const endpoint[] = { "AWS_BEDROCK_RUNTIME_ENDPOINT", NULL };

	while (*d->model && take_route(r, d))
		;
	take_region(r, d);
	(void)take_route(r, d); /* bedrock/REGION/ROUTE/ID is written, too */
	if (!is_offered(d->cloud.route)) {
		problems_add(r->problems, PROBLEM_ERROR, origin,
		    "model 'bedrock/%.40s/%.60s': %s is not offered, because its cost has no bound "
		    "here; models are called as bedrock/ID",
		    d->cloud.route, d->model, d->cloud.route);
		return false;
	}
	if (!d->api_base)
		d->api_base = d->cloud.endpoint ? d->cloud.endpoint : from_environment(r, endpoint);
	if ((d->cloud.key_id != NULL) != (d->cloud.secret != NULL)) {
		problems_add(r->problems, PROBLEM_ERROR, origin,
		    "model 'bedrock/%.60s': aws_access_key_id and aws_secret_access_key go "
		    "together; %s is missing",
		    d->model, d->cloud.key_id ? "aws_secret_access_key" : "aws_access_key_id");
		return false;
	}
	find_region(r, d, origin);
	return true;
}

/* The text itself, or that of the file which it names; NULL: there is none. */
static const char *credentials_text(struct reading *r, const char *given)
{
	if (!given || given[strspn(given, " \t\r\n")] == '{')
		return given;
	return aws_files_text(given, r->arena);
}

static char *project_of(struct reading *r, const char *given)
{
	const char *text = credentials_text(r, given);
	struct slice json = slice_of(text);

	if (!text || json_scan_check(json, NULL) != 0 || json_scan_type(json) != JSON_MAP)
		return NULL;
	return json_as_text(json_member(json, "project_id"), r->arena);
}

static void settle_vertex(struct reading *r, struct deployment *d)
{
	static const char *const projects[] = { "VERTEXAI_PROJECT", "GOOGLE_CLOUD_PROJECT", NULL },
				 *const places[] = { "VERTEXAI_LOCATION", "VERTEX_LOCATION", NULL },
				 *const files[] = { "VERTEXAI_CREDENTIALS",
					 "GOOGLE_APPLICATION_CREDENTIALS", NULL };
	bool express = d->api_key && !d->cloud.project;

	if (!d->cloud.region)
		d->cloud.region = from_environment(r, places);
	if (!d->cloud.region)
		d->cloud.region = arena_copy(r->arena, express ? "global" : "us-central1");
	if (express)
		return;
	if (!d->cloud.credentials)
		d->cloud.credentials = from_environment(r, files);
	if (!d->cloud.project)
		d->cloud.project = from_environment(r, projects);
	if (!d->cloud.project)
		d->cloud.project = project_of(r, d->cloud.credentials);
}

static void clear(struct reading *r, struct deployment *d)
{
	static const struct cloud_settings none = { 0 };

	if (memcmp(&d->cloud, &none, sizeof none) != 0)
		problems_add(r->problems, PROBLEM_NOTICE, d->origin,
		    "model '%.40s/%.60s': words of AWS and Vertex (aws_..., vertex_...) have no "
		    "effect at this provider",
		    d->provider, d->model);
	d->cloud = none;
}

bool cloud_settle(struct reading *r, struct deployment *d, struct origin origin)
{
	if (strcmp(d->provider, "bedrock") == 0)
		return settle_bedrock(r, d, origin);
	if (strcmp(d->provider, "vertex_ai") == 0)
		settle_vertex(r, d);
	else
		clear(r, d);
	return true;
}
