#ifndef PROVIDERS_MEDIA_CALL_H
#define PROVIDERS_MEDIA_CALL_H

/*
 * Images, speech, transcriptions and rankings at providers that have them as OpenAI and Cohere do.
 * For provider_list.c.
 */
#include "chat/media.h"
#include "providers/provider.h"

/* NULL: the provider has no such address. */
const struct wire_format *media_format(
    const struct provider *provider, const struct media_address *address);

#endif
