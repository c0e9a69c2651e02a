/*
 * See the header.
 */
#include "providers/provider_build.h"

#include <string.h>

#include "providers/cloud.h"
#include "providers/sigv4.h"

#include "base/banned.h"

static void accept_frames(struct fetch_call *out)
{
	for (size_t i = 0; i < out->header_count; i++)
		if (strcmp(out->headers[i].name, "Accept") == 0)
			out->headers[i].value = "application/vnd.amazon.eventstream";
}

static int finish(const struct provider_call *call, enum cloud_way way, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const struct cloud_grant *grant = call->grant;

	if (call->request->stream && (way == CLOUD_INVOKE || way == CLOUD_CONVERSE))
		accept_frames(out);
	if ((way == CLOUD_INVOKE || way == CLOUD_RAW_CLAUDE || way == CLOUD_MESSAGES) &&
	    cloud_claude_body(call, way, arena, out, err) != 0)
		return -1;
	if (!grant || !grant->secret)
		return 0;
	return sigv4_sign_call(grant, call->deployment->cloud.region,
	    cloud_is_mantle(call) ? "bedrock-mantle" : "bedrock", arena, out, err);
}

int provider_build(const struct provider_call *call, const struct wire_format *format,
    struct arena *arena, struct fetch_call *out, struct error *err)
{
	enum cloud_way way = cloud_way_of(call->provider, call->deployment, call->model);

	if (format->build(call, arena, out, err) != 0)
		return -1;
	return way == CLOUD_NONE ? 0 : finish(call, way, arena, out, err);
}
