/*
 * Addresses of providers.
 *
 * What counts as private: loopback, RFC 1918, link-local and unique-local addresses, `localhost`,
 * names without a dot (container names) and the suffixes .local, .internal, .lan, .localhost.
 */
#include "settings/address.h"
#include "settings/values.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define HOST_MAX 253

static size_t scheme_length(const char *url)
{
	if (strncasecmp(url, "https://", 8) == 0)
		return 8;
	return strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
}

/* False when there is no host or it is too long.  Brackets of IPv6 are left out. */
static bool host_of(const char *url, char *out, size_t size)
{
	const char *host = url + scheme_length(url);
	size_t len = strcspn(host, ":/");
	if (*host == '[') {
		host++;
		len = strcspn(host, "]");
		if (host[len] != ']')
			return false;
	}
	if (!len || len >= size)
		return false;
	memcpy(out, host, len);
	out[len] = '\0';
	return true;
}

static bool is_private_ipv4(uint32_t a)
{
	return a >> 24 == 127 || a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 ||
	       a >> 16 == 0xa9fe;
}

static bool address_ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);
	return len >= end_len && strcasecmp(text + len - end_len, end) == 0;
}

bool address_is_private(const char *url)
{
	static const char *const suffixes[] = { ".localhost", ".local", ".internal", ".lan" };
	char host[HOST_MAX + 1];
	struct in_addr v4;
	struct in6_addr v6;
	if (!host_of(url, host, sizeof host))
		return false;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return is_private_ipv4(ntohl(v4.s_addr));
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_LINKLOCAL(&v6) ||
		       (v6.s6_addr[0] & 0xfe) == 0xfc;
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		if (address_ends_with(host, suffixes[i]))
			return true;
	}
	return !strchr(host, '.');
}

static const char *address_fault(const char *url)
{
	char host[HOST_MAX + 1];
	size_t scheme = scheme_length(url);
	if (!scheme)
		return "must begin with https:// (or http://)";
	size_t authority = strcspn(url + scheme, "/?#");
	if (memchr(url + scheme, '@', authority))
		return "must not hold a user or password; write api_key";
	if (strpbrk(url, "?#"))
		return "must end with a path, without '?' or '#'";
	if (!host_of(url, host, sizeof host))
		return "names no host";
	return NULL;
}

/* The address itself is not shown when it is at fault: it may hold a password. */
bool address_check(
    struct reading *r, const char *label, const struct yaml_node *node, const char *url)
{
	const char *fault = address_fault(url);
	if (fault)
		return value_fault(r, label, node->origin, "the address %s", fault);
	if (scheme_length(url) == 7 && !address_is_private(url))
		value_warn(r, label, node->origin,
		    "http:// sends key and prompts in the clear over public networks; use "
		    "https://");
	return true;
}

/* "$NAME" and "${NAME}" are filled in by a shell or by Compose, not by LiteLLM and not here. */
static bool warn_unexpanded(
    struct reading *r, const char *label, const char *text, struct origin origin)
{
	size_t brace = strncmp(text, "${", 2) == 0;
	const char *name = text + 1 + brace;
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (*text != '$' || !len || (brace && !strchr("}:-", name[len])) || (!brace && name[len]))
		return false;
	value_warn(r, label, origin,
	    "'%.40s' is not expanded, neither here nor by LiteLLM: these characters themselves are "
	    "the value; write os.environ/%.*s",
	    text, (int)len, name);
	return true;
}

int address_check_bank(const char *url, struct error *err)
{
	return strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0
		   ? 0
		   : error_set(err, ERROR_USAGE,
			 "must begin with postgresql://, as postgresql://user@host/name");
}

void address_warn_written_secret(struct reading *r, const char *label, const struct yaml_node *node)
{
	static const char *const placeholders[] = { "none", "empty", "dummy", "fake", "fake-key",
		"not-needed", "no-key", "anything", "unused", "local", "ollama" };
	if (strncmp(node->text, "os.environ/", 11) == 0)
		return;
	if (warn_unexpanded(r, label, node->text, node->origin))
		return;
	for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
		if (strcasecmp(node->text, placeholders[i]) == 0)
			return;
	}
	value_warn(r, label, node->origin,
	    "a secret is written in the file; os.environ/NAME takes it from the environment");
}

void address_warn_written_named(
    struct reading *r, const char *label, const char *name, const struct yaml_node *node)
{
	static const char *const telling[] = { "auth", "key", "token", "secret", "password",
		"cookie", "credential", "webhook" };

	for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++) {
		if (strcasestr(name, telling[i])) {
			address_warn_written_secret(r, label, node);
			return;
		}
	}
}

void address_warn_written_password(
    struct reading *r, const char *label, const struct yaml_node *node)
{
	const char *host = strstr(node->text, "://");
	size_t authority = host ? strcspn(host + 3, "/?#") : 0;
	const char *at = host ? memchr(host + 3, '@', authority) : NULL;

	if (at && memchr(host + 3, ':', (size_t)(at - host) - 3)) /* what follows is a port */
		address_warn_written_secret(r, label, node);
}
