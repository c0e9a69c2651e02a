#ifndef TELEMETRY_REQUEST_LINE_H
#define TELEMETRY_REQUEST_LINE_H

/*
 * One JSON line a request, for collectors of logs, when sideways_settings.request_log asks for it:
 * to stderr, or to a file that is made with mode 0600.  A line is one write(2), so processes and
 * threads do not mix.  A file that was moved away (logrotate) is opened anew.  What cannot be
 * written is said once a minute in the operator's log and stops nothing.
 *
 * {"time", "event": "request", "id", "key_id", "key", "team_id", "model", "group",
 * "answered_group", "answered_model", "deployment", "tier", "outcome", "status", "stream",
 * "attempts", "fallbacks", "blocked_upward", "not_spent", "not_spent_most", "from_cache",
 * "cache_saved", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "cost",
 * "latency_ms", "first_token_ms", "overhead_ms", "error"}
 *
 * Money is decimal text in dollars; what is not known is null.  No prompts, no answers, no secrets.
 */
#include "telemetry/request_log.h"

/* where: "stderr", a path, or NULL for none. */
void request_line_write(const char *where, const struct request_record *record);

#endif
