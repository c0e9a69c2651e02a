/*
 * The doctor in the panel.  See the header.
 */
#include "panel/installation.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json_build.h"
#include "doctor/probe.h"
#include "panel/assets.h"

#include "base/banned.h"

/* Longer than the 30 and 60 seconds after which servers and CDNs cut a silent answer. */
#define PATIENCE_MS 65000

#define BODY_MARGIN 4096 /* a body a little below the limit must pass */

void installation_place(struct page_call *call, struct doctor *doctor)
{
	AUTO_FREE char *database = gateway_database_path(call->gateway);
	const char *file = gateway_settings_file(call->gateway);
	const struct doctor_place place = {
		.settings_path = file ? file : "sideways.yaml",
		.database = database,
		.document_root = web_request_variable(call->request, "DOCUMENT_ROOT"),
	};

	*doctor = (struct doctor){
		.arena = call->arena,
		.settings = call->catalog ? catalog_settings(call->catalog) : NULL,
		.server = doctor_server_kind(web_request_variable(call->request, "SERVER_SOFTWARE"),
		    web_request_way(call->request)),
	};
	doctor_place(doctor, &place);
}

json_t *installation_way(struct page_call *call, const struct doctor *doctor)
{
	/* clang-format off */
	static const struct { const char *name; enum trouble trouble; } advices[] = {
		{ "buffered",      TROUBLE_BUFFERED },
		{ "compressed",    TROUBLE_COMPRESSED },
		{ "authorization", TROUBLE_AUTHORIZATION },
		{ "body_limit",    TROUBLE_BODY_LIMIT },
		{ "cut",           TROUBLE_CUT },
		{ "cached",        TROUBLE_CACHED },
		{ "https_unseen",  TROUBLE_HTTPS_UNSEEN },
	};
	/* clang-format on */
	json_t *way;

	if (!doctor->settings)
		return NULL;
	way = json_object();
	json_set_text(way, "url",
	    arena_printf(call->arena, "%.*s/health/doctor?token=%s",
		(int)(strlen(call->base) - strlen("/admin")), call->base,
		doctor_probe_token(doctor->settings).text));
	json_set_all(way, "script events gap bytes wait", assets_url("way.js", call->arena),
	    DOCTOR_EVENTS, DOCTOR_GAP_MS, doctor->settings->max_body_bytes - BODY_MARGIN,
	    PATIENCE_MS);
	for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
		json_set_text(way, advices[i].name, doctor_advice(doctor, advices[i].trouble));
	return way;
}
