/*
 * Configuration: what is in force, what check finds, and whether this installation is in order.
 */
#include "base/json_build.h"
#include "panel/installation.h"
#include "panel/pages.h"
#include "views/view_configuration.h"

#include "base/banned.h"

/* With ?reach=1 also a connection to each provider, which takes seconds. */
static json_t *installation(struct page_call *call)
{
	struct doctor doctor;
	json_t *found, *way;
	bool reach = page_query(call, "reach") != NULL;

	installation_place(call, &doctor);
	doctor_running(&doctor, call->gateway, call->catalog, call->store, call->now_ms);
	if (reach)
		doctor_reach(&doctor);
	found = doctor_json(&doctor);
	json_set_bool(found, "may_reach", !reach);
	way = call->session->role == ADMIN_FULL ? installation_way(call, &doctor) : NULL;
	if (way)
		json_set(found, "way", way);
	return found;
}

json_t *page_configuration(struct page_call *call, struct error *err)
{
	json_t *data = json_object(), *configuration;

	json_set(data, "installation", installation(call));
	if (!call->catalog) {
		json_set_text(
		    data, "trouble", gateway_settings_trouble(call->gateway, call->arena));
		return data;
	}
	configuration = view_configuration(call->gateway, call->catalog);
	json_object_update(data, configuration);
	json_set_bool(data, "usable", true);
	json_decref(configuration);
	return data;
}
