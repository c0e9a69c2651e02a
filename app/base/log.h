#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * The operator's log: one JSON line an event on stderr, which every web server collects.
 * Lines are written with one write(2), so processes and threads do not mix.  Only the worker
 * loop, background threads and the command line log errors; all others return them.
 * Secrets, headers and prompts are never passed in here.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING, LOG_ERROR };

void log_set_level(enum log_level least);

/* {"time":"2026-11-23T09:00:00.123Z","level":"warning","event":"settings_rejected","message":"..."}
 */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
