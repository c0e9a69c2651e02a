#ifndef SETTINGS_PLAIN_SETTINGS_H
#define SETTINGS_PLAIN_SETTINGS_H

/*
 * Keys of sideways_settings that are a number, a text or a choice and nothing more.  A row says all
 * of one: settings.h makes the field from it and schema.c the row of the schema, whose columns
 * these are.  A new setting of this kind is a row here, and the code that reads the field.  Users
 * give durations in seconds or with a unit ("250ms"), so no key ends in _ms.
 *
 * NUMBER: key, field (with its unit), type, least, most, default, what it means.  SETTING_UNSET
 * (NONE) is a default, too.
 * WORDS: key, field (NULL when left out), type, the words to choose from, what it means.
 */
/* clang-format off */
#define SETTINGS_PLAIN(NUMBER, WORDS) \
	WORDS("database", database, TYPE_TEXT, NULL, "the SQLite file with all state, on a local disk; left out: `SIDEWAYS_DB`, then `sideways.db` beside this file") \
	NUMBER("max_concurrency", max_concurrency, TYPE_WHOLE, 1, 30000, 8000, "requests that one process answers at a time, as far as its descriptors go (two a request); any more are [refused](limits.md#too-many-at-a-time) with 503") \
	NUMBER("drain_seconds", drain_ms, TYPE_DURATION, 0, HOUR, 30000, "how long running requests may go on after SIGTERM") \
	NUMBER("default_max_tokens", default_max_tokens, TYPE_WHOLE, 1, COUNT, NONE, "the answer's limit where the client gives none; left out: the model's maximum") \
	WORDS("count_upstream", count_upstream, TYPE_CHOICE, "tight always never", "whether Anthropic and Gemini are asked to count a call's tokens (free, with the deployment's own key, 3 s): `tight` (when left out) does when its [bound](bound.md) is more than a quarter of what a budget has left") \
	WORDS("unknown_members", unknown_members, TYPE_CHOICE, "drop pass refuse", "members of a body that neither its format nor a vendor known here has: `drop` (when left out) lets them pass to a provider of the same format unless their name says that a [bound](bound.md#no-bound) could depend on them, and names what stays behind in `x-sideways-dropped`; `pass` lets all pass; `refuse` is a 400 that names the first. Translation leaves out all") \
	NUMBER("budget_wait", budget_wait_ms, TYPE_DURATION, 0, HOUR, 10000, "how long a request waits for money that [running calls hold](limits.md#a-budget-that-is-busy); 0: not at all") \
	NUMBER("keep_items_seconds", keep_items_ms, TYPE_DURATION, 0, 30 * DAY, HOUR, "how long a client that does not say `store: false` may refer to items of earlier Responses answers (`item_reference`); they are sealed with its key; 0: not at all") \
	NUMBER("keep_alive_seconds", keep_alive_ms, TYPE_DURATION, 1000, HOUR, 15000, "after this much silence a stream gets a comment, or in Gemini's format empty lines, so that servers on the way keep it open") \
	NUMBER("request_deadline", request_deadline_ms, TYPE_DURATION, 1, DAY, NONE, "how long a request may last with all its attempts; left out: 600, or `request_timeout` where that is longer. Until an answer begins, 30 seconds of it are kept for each candidate that was not asked yet, at most half of what is left") \
	NUMBER("connect_timeout", connect_timeout_ms, TYPE_DURATION, 1, HOUR, 5000, "to connect to a provider") \
	NUMBER("idle_timeout", idle_timeout_ms, TYPE_DURATION, 1, HOUR, 120000, "between two pieces of an answer") \
	NUMBER("retry_after_wait", retry_after_wait_ms, TYPE_DURATION, 0, HOUR, 2000, "a provider's Retry-After up to this is waited for") \
	NUMBER("retry_after_cap", retry_after_cap_ms, TYPE_DURATION, 0, DAY, 300000, "a longer one is honoured up to this") \
	NUMBER("max_attempts", max_attempts, TYPE_WHOLE, 1, 100, 6, "upstream calls for one request; repeats never take one that a candidate needs which was not asked yet") \
	NUMBER("log_retention", log_retention_ms, TYPE_DURATION, 0, 36500 * DAY, 90 * DAY, "how long requests are kept; 0 keeps all") \
	WORDS("record", record, TYPE_CHOICE, "local shared", "with a `bank`, where single requests are seen: `local` (when left out) keeps those of each machine there, `shared` brings those of all machines [to each of them](cluster.md#single-requests-of-all-machines), some seconds late. Another value is heeded from the next start on") \
	WORDS("price_file", price_file, TYPE_TEXT, NULL, "a table in the format of `config/prices.tsv` that is used instead of the built-in one, or a [list](prices.md) of LiteLLM, genai-prices or models.dev") \
	WORDS("request_log", request_log, TYPE_TEXT, NULL, "`stderr` or a file: one JSON line a request, see [operate.md](operate.md#logs)") \
	WORDS("log_level", log_level, TYPE_CHOICE, "debug info notice warning error", "how much the log says; left out: info")
/* clang-format on */

#endif
