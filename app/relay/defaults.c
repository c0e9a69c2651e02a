/*
 * The bound of default parameters, read as those of a client are.  See the header.
 */
#include "relay/defaults.h"

#include <string.h>

#include "base/text.h"
#include "chat/chat_request.h"

#include "base/banned.h"

#define DEFAULTS_MAX ((size_t)1 << 20) /* bytes of JSON */

/* By these a request costs more than its text and its limit say; of all others only the bytes
 * count. */
static bool is_weighed(const char *name)
{
	return text_is_one_of(name,
		   "n best_of tools functions modalities audio prediction web_search_options "
		   "search_parameters plugins enable_search enable_thinking thinking_budget "
		   "service_tier safe_prompt prompt_mode") ||
	       chat_request_dear_name(name) == DEAR_UNBOUNDED;
}

int defaults_weigh(const struct deployment *deployment, struct bound_input *out, struct error *err)
{
	const struct settings_pairs *parameters = &deployment->parameters;
	AUTO_ARENA struct arena arena = { 0 };
	AUTO_TEXT struct text json = text_empty(DEFAULTS_MAX);
	struct chat_request request;
	int64_t others = 0;

	*out = (struct bound_input){ .choices = 1 };
	if (parameters->count == 0)
		return 0;
	text_puts(&json, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\"}]");
	for (size_t i = 0; i < parameters->count; i++) {
		const struct settings_pair *p = &parameters->items[i];

		if (!is_weighed(p->name)) {
			others += (int64_t)(strlen(p->name) + strlen(p->value));
			continue;
		}
		text_putc(&json, ',');
		text_json_string(&json, p->name, strlen(p->name));
		text_printf(&json, ":%s", p->value);
	}
	text_putc(&json, '}');
	if (text_failed(&json))
		return error_set(err, ERROR_TOO_LARGE, "more than %zu bytes", DEFAULTS_MAX);
	if (chat_request_read(text_slice(&json), NULL, &arena, &request, err) != 0)
		return -1;
	*out = request.bound;
	/* What a client would have to name has no place here, but for a search of the model's own.
	 */
	out->unknown_tools |= out->server_tools;
	out->text_bytes += others;
	return 0;
}

void defaults_add(const struct bound_input *defaults, struct bound_input *input)
{
	input->text_bytes += defaults->text_bytes;
	input->non_ascii_bytes += defaults->non_ascii_bytes;
	input->json_growth += defaults->json_growth;
	input->nfc_growth += defaults->nfc_growth;
	input->nfkc_growth += defaults->nfkc_growth;
	input->prediction_bytes += defaults->prediction_bytes;
	if (defaults->choices > input->choices)
		input->choices = defaults->choices;
	input->cache_marks |= defaults->cache_marks;
	input->cache_long |= defaults->cache_long;
	input->audio_output |= defaults->audio_output;
	input->image_output |= defaults->image_output;
	input->tools |= defaults->tools;
	input->server_tools |= defaults->server_tools;
	input->unknown_tools |= defaults->unknown_tools;
	input->search_options |= defaults->search_options;
}
