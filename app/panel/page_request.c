/*
 * The story of one request, and what was asked when that is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts/audit_event.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/machines.h"
#include "panel/pages.h"
#include "panel/request_words.h"
#include "telemetry/prompt_log.h"
#include "views/view_requests.h"

#include "base/banned.h"

static const struct prompt_settings *prompt_settings_of(const struct page_call *call)
{
	return call->catalog ? &catalog_settings(call->catalog)->prompts : NULL;
}

/* That there is one, and until when; its text only for whoever asked to see it. */
static int set_prompt(
    struct page_call *call, const char *id, bool shown, json_t *data, struct error *err)
{
	struct kept_prompt prompt;
	json_t *object, *json;
	char *indented = NULL;
	int found = prompt_log_find(call->store, shown ? prompt_settings_of(call) : NULL, id,
	    call->now_ms, call->arena, &prompt, err);

	if (found <= 0 || call->session->role != ADMIN_FULL)
		return found;
	object = json_object();
	json_set_time(object, "until", prompt.until_ms);
	if (prompt.text.ptr) {
		json = json_loadb(prompt.text.ptr, prompt.text.len, JSON_DECODE_ANY, NULL);
		indented = json ? json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY) : NULL;
		json_set_all(object, "text cut",
		    indented ? indented : arena_copy_slice(call->arena, prompt.text),
		    prompt.bytes - (int64_t)prompt.text.len);
		json_decref(json);
		free(indented);
	}
	json_set(data, "prompt", object);
	return 0;
}

static json_t *show_request(struct page_call *call, bool with_prompt, struct error *err)
{
	const char *id = arena_copy_slice(call->arena, call->parameter);
	json_t *request = view_request(call->store, id, err), *beside, *data;
	const char *key_id, *team;

	if (!request) {
		machines_not_here(call, err);
		return NULL;
	}
	key_id = json_read_text(request, "key_id");
	team = json_read_text(request, "team_id");
	beside = view_request_beside(call->store, id, key_id, err);
	if (!beside) {
		json_decref(request);
		return NULL;
	}
	request_words_story(call, request);
	if (team)
		json_set_text(request, "team_link", form_encode(team, call->arena));
	data = json_object();
	json_set_all(data, "request beside", request, beside);
	return json_if(set_prompt(call, id, with_prompt, data, err) >= 0, data);
}

json_t *page_request(struct page_call *call, struct error *err)
{
	return show_request(call, false, err);
}

/* Shows what was asked, or deletes it: of this request, or of all of its key.  Each is in the audit
 * trail. */
json_t *page_request_post(struct page_call *call, struct error *err)
{
	const char *id = arena_copy_slice(call->arena, call->parameter);
	const char *deed = page_form(call, "deed");
	bool of_key = deed && strcmp(deed, "delete_all") == 0;
	struct audit_record record = { "prompt.show", "prompt", id };
	struct actor actor = page_actor(call);
	int count = 0;

	if (page_fields(call, "deed", err) < 0)
		return NULL;
	if (deed && strcmp(deed, "show") == 0)
		return audit_note(call->store, &actor, &record, id, NULL, call->now_ms, err) == 0
			   ? show_request(call, true, err)
			   : NULL;
	if (!of_key && !(deed && strcmp(deed, "delete") == 0))
		return json_none(
		    error_set(err, ERROR_BAD_REQUEST, "deed: write show, delete or delete_all"));
	record.action = "prompt.delete";
	if (prompt_log_forget(call->store, id, of_key, &count, err) != 0 ||
	    audit_note(call->store, &actor, &record, id,
		arena_printf(call->arena, "{\"prompts\":%d}", count), call->now_ms, err) != 0)
		return NULL;
	return page_redirect(call, "/requests/%s", form_encode(id, call->arena));
}
