/*
 * JSON lines on stderr.  See the header.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#include "base/banned.h"

#define LINE_MAX_BYTES                                                                             \
	((size_t)8 << 10) /* one write of up to PIPE_BUF (4 KiB) is atomic on a pipe; longer lines \
			     are rare */
#define MESSAGE_MAX 1024

static atomic_int least_level = LOG_INFO;

void log_set_level(enum log_level least)
{
	atomic_store(&least_level, (int)least);
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	static const char *const names[] = { "debug", "info", "notice", "warning", "error" };
	char message[MESSAGE_MAX];
	int64_t now_ms = clock_wall_ms();
	AUTO_TEXT struct text line = text_empty(LINE_MAX_BYTES);
	va_list ap;

	if ((int)level < atomic_load(&least_level))
		return;
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	text_printf(&line, "{\"time\":\"%.19s.%03dZ\",\"level\":\"%s\",\"pid\":%d,\"event\":",
	    clock_iso(now_ms).text, (int)(now_ms % 1000), names[level], (int)getpid());
	text_json_string(&line, event, strlen(event));
	text_puts(&line, ",\"message\":");
	text_json_string(&line, message, strlen(message));
	text_puts(&line, "}\n");
	(void)!write(STDERR_FILENO, line.bytes,
	    line.len); /* a log that cannot be written must not stop the work */
}
