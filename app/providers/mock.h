#ifndef PROVIDERS_MOCK_H
#define PROVIDERS_MOCK_H

/*
 * The demonstration provider: a transport that answers from within the process, without a network,
 * in OpenAI's format.  What it does stands in the model's name (docs/demo-provider.md):
 *
 *	mock/echo            repeats the last message
 *	mock/latency-500     the same after so many milliseconds; mock/slow is 2000
 *	mock/tokens-20       streams word by word, so many milliseconds apart
 *	mock/rate-limited    429 with Retry-After: 1; mock/rate-limited-30 with 30
 *	mock/error-500       that status; mock/overloaded 529, mock/context and mock/policy 400
 *	                     with their codes
 *	mock/flaky           every other call fails with 500
 *	mock/broken-stream   a stream that breaks off after three events
 *
 * A deployment's mock_response is served by it too: its text, for any provider; or the failure that
 * LiteLLM raises for it ("litellm.RateLimitError").
 */
#include "fetch/fetch.h"

#define MOCK_TEXT_HEADER "x-sideways-mock-text" /* carries mock_response within the process */

fetch_transport mock_fetch;

#endif
