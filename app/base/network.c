/*
 * Networks.  See the header.
 */
#include "base/network.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#include "base/number.h"

#include "base/banned.h"

struct range {
	unsigned char bytes[16];
	int family;
	int64_t bits;
};

static void unmap(struct range *range)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	if (range->family != AF_INET6 || memcmp(range->bytes, mapped, sizeof mapped) != 0 ||
	    range->bits < 96)
		return;
	memmove(range->bytes, range->bytes + 12, 4);
	range->family = AF_INET;
	range->bits -= 96;
}

static bool read_range(const char *text, struct range *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char address[64];
	struct error err;

	memset(out, 0, sizeof *out);
	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	out->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(out->family, address, out->bytes) != 1)
		return false;
	out->bits = out->family == AF_INET ? 32 : 128;
	if (slash && number_whole(slice_of(slash + 1), 0, out->bits, &out->bits, &err) != 0)
		return false;
	unmap(out);
	return true;
}

bool network_is_valid(const char *network)
{
	struct range range;

	return read_range(network, &range);
}

bool network_holds(const char *network, const char *address)
{
	struct range range, one;
	size_t whole;
	unsigned mask;

	if (!read_range(network, &range) || !address || strchr(address, '/') ||
	    !read_range(address, &one) || range.family != one.family)
		return false;
	whole = (size_t)range.bits / 8;
	mask = 0xff00U >> (range.bits % 8) & 0xff;
	return memcmp(range.bytes, one.bytes, whole) == 0 &&
	       (!mask || ((range.bytes[whole] ^ one.bytes[whole]) & mask) == 0);
}
