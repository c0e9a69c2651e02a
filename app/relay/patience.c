/*
 * Time limits of one attempt and of the whole request.  See the header.
 */
#include "relay/patience.h"

#include "base/clock.h"

#include "base/banned.h"

#define KEPT_FOR_EACH_MS 30000 /* a usual whole answer of a model that does not think long */
#define TELLING_MS       30000 /* who gives less has not let the deployment show what it can do */

static int64_t patience_least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A setting that is not given, 0 or SETTING_UNSET, limits nothing. */
static int64_t least_given(int64_t limit, int64_t other)
{
	return other > 0 ? patience_least(limit, other) : limit;
}

int64_t patience_left_ms(const struct run *run)
{
	int64_t left = (run->deadline_us - clock_mono_us()) / 1000;

	return left < 1 ? 1 : left;
}

int64_t patience_share_ms(const struct run *run, const struct candidate *candidate)
{
	int64_t left = patience_left_ms(run),
		kept = (int64_t)plan_not_asked(run, candidate) * KEPT_FOR_EACH_MS;

	kept = patience_least(kept, left / 2);
	return left - kept;
}

/* What the settings allow the deployment; of a stream until its first event. */
static int64_t settings_limit(const struct run *run, const struct candidate *candidate)
{
	const struct deployment *deployment = candidate->member->deployment;
	int64_t limit = least_given(run->settings->request_timeout_ms, deployment->timeout_ms);

	if (!run->call->request->stream)
		return limit;
	return least_given(limit, deployment->stream_timeout_ms == SETTING_UNSET
				      ? run->settings->stream_timeout_ms
				      : deployment->stream_timeout_ms);
}

/* The silence that ends an attempt. */
static int64_t silence_ms(const struct run *run, const struct candidate *candidate)
{
	int64_t limit = least_given(
	    run->settings->request_timeout_ms, candidate->member->deployment->timeout_ms);

	return least_given(limit, run->call->request->timeout_ms);
}

void patience_set(const struct run *run, const struct candidate *candidate, struct fetch_call *out)
{
	int64_t silence = silence_ms(run, candidate), share = patience_share_ms(run, candidate),
		first = least_given(settings_limit(run, candidate), run->call->request->timeout_ms);

	out->connect_timeout_ms = run->settings->connect_timeout_ms;
	out->first_byte_timeout_ms = patience_least(first, share);
	out->idle_timeout_ms =
	    patience_least(patience_least(silence, run->settings->idle_timeout_ms), share);
	out->total_timeout_ms =
	    run->call->request->stream ? patience_left_ms(run) : patience_least(silence, share);
}

bool patience_excuses(const struct run *run, const struct candidate *candidate, enum fetch_end end)
{
	int64_t limit = run->call->request->timeout_ms;

	if (end != FETCH_TIMEOUT_TOTAL && end != FETCH_TIMEOUT_FIRST_BYTE &&
	    end != FETCH_TIMEOUT_IDLE && end != FETCH_TIMEOUT_CONNECT)
		return false;
	return limit > 0 && limit < TELLING_MS && limit < settings_limit(run, candidate);
}
