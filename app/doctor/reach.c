/*
 * Can the providers be reached?  Name, TCP and TLS for each address that the settings lead to; no
 * request is sent, so nothing is billed.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "doctor/doctor.h"
#include "providers/provider.h"

#include "base/banned.h"

#define CONNECT_MS  8000
#define ORIGINS_MAX 32

/* "https://host:port" of an address, in the arena. */
static const char *origin_of(struct arena *arena, const char *url)
{
	const char *host = strstr(url, "://");

	if (!host)
		return NULL;
	return arena_printf(
	    arena, "%.*s", (int)(host + 3 - url + (long)strcspn(host + 3, "/?#")), url);
}

static const char *advice_for(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return "the name is wrong, or this machine has no working DNS";
	case CURLE_PEER_FAILED_VERIFICATION:
		return "apt install ca-certificates; check the machine's clock";
	case CURLE_SSL_CACERT_BADFILE:
		return "apt install ca-certificates";
	default:
		return "a firewall here or at the host may forbid connections to it";
	}
}

static void connect_to(struct doctor *doctor, const char *origin)
{
	char why[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();
	double seconds = 0;
	CURLcode code;

	(void)curl_easy_setopt(curl, CURLOPT_URL, origin);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_APPCONNECT_TIME, &seconds);
	if (seconds <= 0)
		(void)curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME, &seconds);
	if (code == CURLE_OK)
		doctor_add(doctor, FINDING_OK, "provider", NULL, "%s: connected in %.0f ms", origin,
		    seconds * 1000);
	else
		doctor_add(doctor, FINDING_PROBLEM, "provider", advice_for(code), "%s: %s", origin,
		    why[0] ? why : curl_easy_strerror(code));
	curl_easy_cleanup(curl);
}

static bool is_new(const char *const *seen, size_t count, const char *origin)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(seen[i], origin) == 0)
			return false;
	return true;
}

void doctor_reach(struct doctor *doctor)
{
	const char *seen[ORIGINS_MAX];
	size_t count = 0;

	for (size_t i = 0; doctor->settings && i < doctor->settings->deployment_count; i++) {
		const struct deployment *one = &doctor->settings->deployments[i];
		const struct provider *provider = provider_find(one->provider);
		const char *url = one->api_base ? one->api_base
				  : provider    ? provider->base_url
						: NULL;
		const char *origin = url ? origin_of(doctor->arena, url) : NULL;

		if (!origin || one->mock_response_set || count == ORIGINS_MAX ||
		    (provider && provider->transport != fetch_http) || !is_new(seen, count, origin))
			continue;
		seen[count++] = origin;
		connect_to(doctor, origin);
	}
}
