#ifndef TELEMETRY_ALERT_SENDER_H
#define TELEMETRY_ALERT_SENDER_H

/*
 * One alert to one destination: a webhook in the shape that Slack, Discord, Microsoft Teams or a
 * program of one's own reads, or a mail.
 *
 * Shapes: Slack {"text"}; Discord {"content"} with mentions off; Teams a message with an adaptive
 * card; json {"event", "rule", "subject", "severity", "text", "began", "ended", "host"}.
 * Blocking; a webhook takes at most 8 s, a mail 15 s.  The URL is never in an error.
 */
#include <stdint.h>

#include "base/arena.h"
#include "telemetry/alerts.h"

struct alert_message {
	int64_t alert_id;
	const char *phase; /* "began", "ended", "test" */
	const char *rule, *subject, *severity, *words;
	int64_t began_ms, ended_ms;
};

alert_deliver alert_send;

/* The parts, for tests: "Sideways on HOST: CRITICAL blocked_upward: ..." and a webhook's body. */
const char *alert_line(const struct alert_message *message, const char *host, struct arena *arena);
char *alert_body(const struct alert_message *message, enum alert_shape shape, const char *host,
    struct arena *arena);

#endif
