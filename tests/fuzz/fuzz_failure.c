/*
 * The classifier of errors: the first byte chooses the provider, the second the status; any body
 * has a class, and its words are text.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "providers/failure.h"
#include "providers/provider.h"

static const int statuses[] = { 200, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 529 };

static size_t provider_count(void)
{
	static size_t count;

	while (provider_at(count))
		count++;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fetch_head head = { .status = 200 };
	struct failure failure;
	const struct provider *provider;

	if (size < 2)
		return 0;
	provider = provider_at(bytes[0] % provider_count());
	head.status = statuses[bytes[1] % (sizeof statuses / sizeof statuses[0])];
	memset(&failure, 0, sizeof failure);
	failure_of_reply(provider->name, head.status, &head,
	    (struct slice){ (const char *)bytes + 2, size - 2 }, 1795430000000, &failure);
	assert(failure.class != FAILURE_NONE);
	assert(failure_name(failure.class));
	assert(memchr(failure.message, 0, sizeof failure.message));
	return 0;
}
