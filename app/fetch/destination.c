/*
 * A URL taken apart.  See the header.
 */
#include "fetch/destination.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/base64.h"

#include "base/banned.h"

#define AUTO_PART __attribute__((cleanup(free_part)))

static void free_part(char **part)
{
	curl_free(*part);
}

/* NULL: it has none. */
static char *part_of(CURLU *parts, CURLUPart which, unsigned flags)
{
	char *part = NULL;

	return curl_url_get(parts, which, &part, flags) == CURLUE_OK ? part : NULL;
}

static char *authorization_of(CURLU *parts)
{
	AUTO_PART char *user = part_of(parts, CURLUPART_USER, CURLU_URLDECODE);
	AUTO_PART char *password = part_of(parts, CURLUPART_PASSWORD, CURLU_URLDECODE);
	AUTO_ARENA struct arena arena = { 0 };
	const char *pair;

	if (!user && !password)
		return NULL;
	pair = arena_printf(&arena, "%s:%s", user ? user : "", password ? password : "");
	return alloc_printf("Basic %s", base64_encode(slice_of(pair), &arena).ptr);
}

static CURLcode take_apart(struct destination *to, CURLU *parts)
{
	AUTO_PART char *scheme = part_of(parts, CURLUPART_SCHEME, 0);
	AUTO_PART char *host = part_of(parts, CURLUPART_HOST, CURLU_PUNYCODE);
	AUTO_PART char *port = part_of(parts, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
	AUTO_PART char *path = part_of(parts, CURLUPART_PATH, CURLU_URLENCODE);
	AUTO_PART char *query = part_of(parts, CURLUPART_QUERY, 0);

	if (!scheme || !host || !path)
		return CURLE_URL_MALFORMAT;
	to->is_plain = strcmp(scheme, "http") == 0;
	if (!to->is_plain && strcmp(scheme, "https") != 0)
		return CURLE_UNSUPPORTED_PROTOCOL;
	to->host = alloc_printf("%s%s%s", host, port ? ":" : "", port ? port : "");
	to->origin = alloc_printf("%s://%s/", scheme, to->host);
	to->target = alloc_printf("%s%s%s", path, query ? "?" : "", query ? query : "");
	to->authorization = authorization_of(parts);
	return CURLE_OK;
}

struct destination *destination_new(const char *url)
{
	struct destination *to = alloc_zero(1, sizeof *to);
	CURLU *parts = curl_url();

	to->url = alloc_copy(url);
	if (!parts)
		to->wrong = CURLE_OUT_OF_MEMORY;
	else if (curl_url_set(parts, CURLUPART_URL, url,
		     CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) != CURLUE_OK)
		to->wrong = CURLE_URL_MALFORMAT;
	else
		to->wrong = take_apart(to, parts);
	curl_url_cleanup(parts);
	return to;
}

void destination_free(struct destination *to)
{
	if (!to)
		return;
	free(to->url);
	free(to->origin);
	free(to->host);
	free(to->target);
	alloc_free_secret(to->authorization);
	free(to);
}
