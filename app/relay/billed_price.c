/*
 * Whose prices a deployment has.  See the header.
 */
#include "relay/billed_price.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "settings/deployment_fields.h"

#include "base/banned.h"

/* "host:port" of an address; this machine has one name. */
static struct slice billed_host(const char *address)
{
	static const char *const here[] = { "127.0.0.1", "localhost", "host.docker.internal",
		"[::1]" };
	const char *at = address ? strstr(address, "://") : NULL;
	struct slice host = { at ? at + 3 : "", 0 };

	host.len = strcspn(host.ptr, "/?#");
	for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
		size_t len = strlen(here[i]);

		if (host.len > len && host.ptr[len] == ':' &&
		    strncasecmp(host.ptr, here[i], len) == 0)
			return (struct slice){ host.ptr + len, host.len - len }; /* ":11434" */
	}
	return host;
}

/* On this machine a port is a name only where nobody else uses it. */
static bool is_known_by(const struct provider *provider)
{
	return provider->base_url && strcmp(provider->name, "llamafile") != 0;
}

const struct provider *billed_by(const struct deployment *deployment)
{
	struct slice host = billed_host(deployment->api_base);
	const struct provider *provider;

	if (strcmp(deployment->provider, "openai") != 0 || !host.len)
		return provider_find(deployment->provider);
	for (size_t i = 0; (provider = provider_at(i)); i++) {
		struct slice own = billed_host(provider->base_url);

		if (is_known_by(provider) && own.len == host.len &&
		    strncasecmp(own.ptr, host.ptr, own.len) == 0)
			return provider;
	}
	return provider_find(deployment->provider);
}

const char *billed_elsewhere(const struct deployment *deployment)
{
	const struct provider *provider = billed_by(deployment);

	return deployment->base_model || !provider ||
		       strcmp(provider->name, deployment->provider) == 0
		   ? NULL
		   : provider->name;
}

/* A copy that has the other's name; false: there is none. */
static bool renamed(const struct deployment *deployment, struct deployment *out)
{
	const char *other = billed_elsewhere(deployment);

	*out = *deployment;
	out->provider = (char *)(uintptr_t)other; /* it is only read */
	return other;
}

/* At the address of a server that costs nothing a proxy may stand: a name that its maker sells has
 * that price there, too. */
static bool is_sold(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	struct deployment maker = *deployment;

	if (price_find(table, deployment, model, out) && !price_is_free(out))
		return true;
	maker.provider = (char *)(uintptr_t)deployment_family(model); /* it is only read */
	return maker.provider && price_find(table, &maker, model, out) && !price_is_free(out);
}

static bool find_billed(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	struct deployment other;
	struct price sold;

	if (!renamed(deployment, &other) || !price_find(table, &other, model, out))
		return price_find(table, deployment, model, out);
	if (price_is_free(out) && is_sold(table, deployment, model, &sold))
		*out = sold;
	return true;
}

bool billed_price(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	const struct provider *biller = billed_by(deployment);
	bool found = find_billed(table, deployment, model, out);

	/* Whoever counts it apart does so at a base_model's price, too. */
	if (biller && biller->quirks & QUIRK_REASONING_APART)
		out->reasoning_apart = true;
	return found;
}

bool billed_price_after(const struct price_table *table, const struct deployment *deployment,
    const struct price *price, struct price *out)
{
	struct deployment other;

	return (renamed(deployment, &other) && price_find_after(table, &other, price, out)) ||
	       price_find_after(table, deployment, price, out);
}
