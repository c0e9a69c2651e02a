/*
 * See the header.
 *
 * Sources, 2026-11-29: litellm 1.110.2 has a row for REGION/ID, and regional_endpoint_uplift_
 * multiplier 1.1 at 39 entries of Vertex: Claude from 4.5 on, Gemini 3.1 Flash Lite and Flash
 * Image, 3.5 Flash and all later ones.  AWS says that a geography costs about a tenth more than
 * `global`; of a bare id litellm and genai-prices 0.2.3 differ by just that.
 */
#include "prices/regional.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/cloud_names.h"

#include "base/banned.h"

static bool leads(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The profile that a region belongs to. */
static const char *geography_of(const char *region)
{
	static const struct {
		const char *region, *geography;
	} rows[] = { { "us-gov-", "us-gov." }, { "us-", "us." }, { "eu-", "eu." },
		{ "ap-northeast-1", "jp." }, { "ap-northeast-3", "jp." },
		{ "ap-southeast-2", "au." }, { "ap-southeast-4", "au." }, { "ap-", "apac." } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (leads(region, rows[i].region))
			return rows[i].geography;
	return "us.";
}

void regional_names(
    const struct deployment *deployment, const char *model, struct regional_names *out)
{
	const char *region = deployment->cloud.region ? deployment->cloud.region : "us-west-2";
	const char *id = cloud_model_name(model);
	size_t room = sizeof out->also;

	*out = (struct regional_names){ .also = "" };
	(void)snprintf(out->names[0], room, "%s/%s", region, id);
	(void)snprintf(out->names[1], room, "%s", id);
	/* Addresses of the mantle, and people, leave the version out. */
	if (strncmp(id, "openai.", 7) == 0 && !strchr(id, ':'))
		(void)snprintf(out->names[2], room, "%s-1:0", id);
	if (cloud_geography(id) == 0 && strstr(id, "claude-"))
		(void)snprintf(out->also, room, "%s%s", geography_of(region), id);
}

/* "gemini-3.5-flash" is 35; a preview without a point is the first of its line. */
static long gemini_version(const char *model)
{
	char *end;
	long major = strtol(model + strlen("gemini-"), &end, 10), minor = 0;

	if (*end == '.')
		minor = strtol(end + 1, NULL, 10);
	return major * 10 + minor;
}

static bool is_raised(const char *model)
{
	static const char *const older[] = { "claude-3", "claude-opus-4-1", "claude-opus-4@",
		"claude-sonnet-4@" };

	if (leads(model, "gemini-"))
		return gemini_version(model) >= 35 || leads(model, "gemini-3.1-flash-lite") ||
		       leads(model, "gemini-3.1-flash-image");
	if (!leads(model, "claude-") || strcmp(model, "claude-opus-4") == 0 ||
	    strcmp(model, "claude-sonnet-4") == 0)
		return false;
	for (size_t i = 0; i < sizeof older / sizeof older[0]; i++)
		if (leads(model, older[i]))
			return false;
	return true;
}

/* An address of Vertex with a region in it, also where the provider is called gemini. */
static bool is_regional_address(const char *base)
{
	const char *place = strstr(base, "/locations/");

	if (!strstr(base, "aiplatform"))
		return false;
	if (place)
		return !leads(place, "/locations/global");
	return !strstr(base, "//aiplatform.googleapis.com");
}

bool regional_is_dearer(const struct deployment *deployment, const char *model)
{
	const char *base = deployment->api_base;
	bool vertex = strcmp(deployment->provider, "vertex_ai") == 0;

	if (!is_raised(model))
		return false;
	if (strcmp(deployment->provider, "bedrock") == 0)
		return true;
	if (base && strstr(base, "aiplatform"))
		return is_regional_address(base) ||
		       (vertex && !strstr(base, "/locations/") &&
			   strcmp(deployment->cloud.region, "global") != 0);
	return vertex && strcmp(deployment->cloud.region, "global") != 0;
}

static void raise_a_tenth(int64_t *pico)
{
	if (*pico > 0 && *pico < INT64_MAX / 16) /* known ones */
		*pico += (*pico + 9) / 10;
}

void regional_raise(struct price *price)
{
	int64_t *const prices[] = { &price->input_pico, &price->output_pico,
		&price->cache_read_pico, &price->cache_write_pico, &price->cache_write_1h_pico,
		&price->cache_write_12h_pico, &price->cache_read_audio_pico, &price->reasoning_pico,
		&price->audio_input_pico, &price->audio_output_pico, &price->image_input_pico,
		&price->image_output_pico, &price->long_input_pico, &price->long_output_pico,
		&price->long_cache_read_pico, &price->off_input_pico, &price->off_output_pico,
		&price->off_cache_read_pico };

	for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++)
		raise_a_tenth(prices[i]);
	for (size_t i = 0; i < PRICE_STEPS_MOST; i++) {
		raise_a_tenth(&price->steps[i].input_pico);
		raise_a_tenth(&price->steps[i].output_pico);
		raise_a_tenth(&price->steps[i].cache_read_pico);
	}
}
