/*
 * Messages of alerts, and how they leave.  See the header.
 */
#include "telemetry/alert_sender.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "fetch/mail.h"

#include "base/banned.h"

#define ANSWER_MAX ((size_t)64 << 10)

/* ---- words ---- */

static bool has_ended(const struct alert_message *message)
{
	return strcmp(message->phase, "ended") == 0;
}

const char *alert_line(const struct alert_message *message, const char *host, struct arena *arena)
{
	if (has_ended(message))
		return arena_printf(arena, "Sideways on %s: over: %s (since %s). It was: %s", host,
		    message->rule, clock_iso(message->began_ms).text, message->words);
	return arena_printf(arena, "Sideways on %s: %s: %s: %s", host,
	    strcmp(message->phase, "test") == 0 ? "test" : message->severity, message->rule,
	    message->words);
}

static json_t *teams_card(const char *line)
{
	json_t *block = json_object(), *content = json_object(), *attachment = json_object();
	json_t *card = json_object(), *blocks = json_array(), *attachments = json_array();

	json_set_all(block, "type text wrap?", "TextBlock", line, 1);
	json_append(blocks, block);
	json_set_text(content, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
	json_set_all(content, "type version body", "AdaptiveCard", "1.4", blocks);
	json_set_all(
	    attachment, "contentType content", "application/vnd.microsoft.card.adaptive", content);
	json_append(attachments, attachment);
	json_set_all(card, "type attachments", "message", attachments);
	return card;
}

static json_t *own_object(const struct alert_message *message, const char *host, const char *line)
{
	json_t *object = json_object();

	json_set_all(object, "event rule subject severity message text began@ ended@ host",
	    message->phase, message->rule, message->subject, message->severity, message->words,
	    line, message->began_ms, message->ended_ms, host);
	return object;
}

/* The event_group of LiteLLM's (Litellm_EntityType); it has none for the rest. */
static const char *group_of(const char *scope)
{
	static const char *const groups[][2] = { { "key", "key" }, { "key_model", "key" },
		{ "team", "team" }, { "team_model", "team" }, { "tag", "tag" },
		{ "user", "end_user" } };

	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (strcmp(groups[i][0], scope) == 0)
			return groups[i][1];
	return "organization";
}

static const char *event_of(const struct alert_message *message)
{
	const struct alert_budget *budget = message->budget;

	if (budget && strcmp(message->rule, "spend_rate") == 0)
		return "projected_limit_exceeded";
	return budget && budget->spent_nano >= budget->limit_nano ? "budget_crossed"
								  : "threshold_crossed";
}

static void set_dollars(json_t *object, const char *name, int64_t nano)
{
	json_set(object, name, json_real((double)nano / NANO_PER_DOLLAR));
}

/* LiteLLM 1.108.7, types/integrations/slack_alerting.py: WebhookEvent (read 2026-11-30). */
static json_t *litellm_object(
    const struct alert_message *message, const char *host, const char *line)
{
	static const struct alert_budget none = { .scope = "proxy", .scope_id = "" };
	static const char *const empty[] = { "soft_budget", "customer_id", "user_id",
		"organization_id", "user_email", "projected_exceeded_date", "projected_spend",
		"alert_emails", "max_budget_alert_emails" };
	const struct alert_budget *budget = message->budget ? message->budget : &none;
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
		json_set_null(object, empty[i]);
	set_dollars(object, "spend", budget->spent_nano);
	set_dollars(object, "max_budget", budget->limit_nano);
	if (!message->budget)
		json_set_null(object, "max_budget");
	if (strcmp(budget->scope, "user") == 0)
		json_set_text(object, "customer_id", budget->scope_id);
	if (budget->exceeded_ms)
		json_set(object, "projected_exceeded_date",
		    json_stringn(clock_iso(budget->exceeded_ms).text, sizeof "2026-11-30" - 1));
	json_set_all(object, "token key_alias team_id team_alias event event_group event_message",
	    budget->key_hash, budget->key_alias, budget->team_id, budget->team_alias,
	    event_of(message), group_of(budget->scope), line);
	json_set(object, "sideways", own_object(message, host, line));
	return object;
}

static json_t *discord_object(const char *line)
{
	json_t *object = json_object(), *mentions = json_object();

	json_set_text(object, "content", line);
	json_set(mentions, "parse", json_array()); /* a model named @everyone calls nobody */
	json_set(object, "allowed_mentions", mentions);
	return object;
}

/* Slack's markup has three special characters. */
static const char *for_slack(const char *line, struct arena *arena)
{
	char *out = arena_alloc(arena, strlen(line) * 5 + 1), *at = out;

	for (; *line; line++) {
		const char *piece = *line == '&'   ? "&amp;"
				    : *line == '<' ? "&lt;"
				    : *line == '>' ? "&gt;"
						   : NULL;

		if (piece) {
			memcpy(at, piece, strlen(piece));
			at += strlen(piece);
		} else {
			*at++ = *line;
		}
	}
	return out;
}

char *alert_body(const struct alert_message *message, enum alert_shape shape, const char *host,
    struct arena *arena)
{
	const char *line = alert_line(message, host, arena);
	AUTO_JSON json_t *object = NULL;
	char *body;

	if (shape == ALERT_DISCORD) {
		object = discord_object(line);
	} else if (shape == ALERT_TEAMS) {
		object = teams_card(line);
	} else if (shape == ALERT_LITELLM) {
		object = litellm_object(message, host, line);
	} else if (shape == ALERT_SLACK) {
		object = json_object();
		json_set_text(object, "text", for_slack(line, arena));
	} else {
		object = own_object(message, host, line);
	}
	body = json_text(object, JSON_COMPACT, arena);
	return body ? body : arena_copy(arena, "{}");
}

/* ---- leaving ---- */

static int send_webhook(struct fetch_pool *pool, const struct alert_destination *destination,
    const char *body, struct error *err)
{
	struct fetch_result result = { 0 };
	struct slice whole = slice_of(body);
	struct fetch_call call = {
		.method = "POST",
		.url = destination->url,
		.headers = { { "Content-Type", "application/json" } },
		.header_count = 1,
		.body = &whole,
		.body_count = 1,
		.allow_http = strncmp(destination->url, "http://", 7) == 0,
		.connect_timeout_ms = 3000,
		.first_byte_timeout_ms = 6000,
		.idle_timeout_ms = 3000,
		.total_timeout_ms = 8000,
		.max_body_bytes = ANSWER_MAX,
		.client_fd = -1,
	};

	fetch_http(pool, &call, &result);
	if (result.status >= 200 && result.status < 300)
		return 0;
	if (result.status)
		return error_set(
		    err, ERROR_UPSTREAM, "the webhook answered with status %d", result.status);
	return error_set(err, ERROR_UPSTREAM, "the webhook did not answer: %s", result.detail);
}

static int send_mail(const struct alert_destination *destination, const char *line,
    const struct alert_message *message, struct arena *arena, struct error *err)
{
	struct mail mail = {
		.smtp_url = destination->url,
		.sendmail = destination->sendmail,
		.from = destination->from,
		.to = destination->to,
		.subject = arena_printf(arena, "Sideways: %s%s %s", message->severity,
		    has_ended(message) ? ", over:" : ":", message->rule),
		.text = arena_printf(arena,
		    "%s\n\nRule: %s\nSubject: %s\nSince: %s\n%s%s%s\n"
		    "All alerts: sideways alerts, or the page Alerts of the admin panel.\n",
		    line, message->rule, *message->subject ? message->subject : "the whole gateway",
		    clock_iso(message->began_ms).text, has_ended(message) ? "Until: " : "",
		    has_ended(message) ? clock_iso(message->ended_ms).text : "",
		    has_ended(message) ? "\n" : ""),
	};

	return mail_send(&mail, err);
}

int alert_send(struct fetch_pool *pool, const struct alert_destination *destination,
    const struct alert_message *message, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	char host[256] = "this machine";

	if (destination->shape == ALERT_LITELLM && has_ended(message))
		return 0;
	(void)gethostname(host, sizeof host - 1); /* else the words above stay */
	if (destination->shape == ALERT_MAIL)
		return send_mail(
		    destination, alert_line(message, host, &arena), message, &arena, err);
	return send_webhook(
	    pool, destination, alert_body(message, destination->shape, host, &arena), err);
}
