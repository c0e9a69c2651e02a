#ifndef TELEMETRY_ALERT_SENDER_H
#define TELEMETRY_ALERT_SENDER_H

/*
 * One alert to one destination: a webhook in the shape that Slack, Discord, Microsoft Teams or a
 * program of one's own reads, or a mail.
 *
 * Shapes: Slack {"text"}; Discord {"content"} with mentions off; Teams a message with an adaptive
 * card; json {"event", "rule", "subject", "severity", "text", "began", "ended", "host"}; litellm is
 * LiteLLM's WebhookEvent, which has no word for an end, so none is sent, and calls all that is no
 * budget threshold_crossed; beside it stands what json has, as "sideways".
 * Blocking; a webhook takes at most 8 s, a mail 15 s.  The URL is never in an error.
 */
#include <stdint.h>

#include "base/arena.h"
#include "telemetry/alerts.h"

struct alert_budget { /* of a rule about a budget, as it is when it is told */
	const char *scope, *scope_id;
	const char *key_hash, *key_alias, *team_id, *team_alias; /* NULL: none */
	int64_t spent_nano, limit_nano;
	int64_t exceeded_ms; /* at the present pace; 0: not before its end */
};

struct alert_message {
	int64_t alert_id;
	const char *phase; /* "began", "ended", "test" */
	const char *rule, *subject, *severity, *words;
	int64_t began_ms, ended_ms;
	const struct alert_budget *budget; /* NULL: it is about none */
};

alert_deliver alert_send;

/* The parts, for tests: "Sideways on HOST: CRITICAL blocked_upward: ..." and a webhook's body. */
const char *alert_line(const struct alert_message *message, const char *host, struct arena *arena);
char *alert_body(const struct alert_message *message, enum alert_shape shape, const char *host,
    struct arena *arena);

#endif
