/*
 * Lines about requests.  See the header.
 */
#include "telemetry/request_line.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/number.h"

#include "base/banned.h"

#define LINE_MAX_BYTES ((size_t)16 << 10)
#define COMPLAIN_MS    60000

/* The file that is open; one for the process. */
static struct {
	pthread_mutex_t mutex;
	int fd; /* -1: none */
	dev_t device;
	ino_t inode;
	int64_t complained_ms;
} out = { .mutex = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

/* ---- the line ---- */

static void request_line_put_text(struct text *line, const char *name, const char *value)
{
	if (value)
		json_write(line, "%:%", name, value);
	else
		json_write(line, "%:null", name);
}

static void put_count(struct text *line, const char *name, bool known, int64_t value)
{
	if (known)
		json_write(line, "%:%", name, value);
	else
		json_write(line, "%:null", name);
}

static void put_money(struct text *line, const char *name, int64_t nano)
{
	json_write(line, "%:%", name, number_dollars_bare(nano).text);
}

static void put_who(struct text *line, const struct request_record *r)
{
	char time[40];

	snprintf(time, sizeof time, "%.19s.%03dZ", clock_iso(r->started_ms).text,
	    (int)(r->started_ms % 1000));
	json_write(line, "time:%, event:'request'", time);
	request_line_put_text(line, "id", r->id);
	request_line_put_text(line, "key_id", r->key_id);
	request_line_put_text(line, "key", r->key_alias);
	request_line_put_text(line, "team_id", r->team_id);
	request_line_put_text(line, "model", r->asked_model);
	request_line_put_text(line, "group", r->model_group);
	request_line_put_text(line, "answered_group", r->answered_group);
	request_line_put_text(line, "answered_model", r->answered_model);
	request_line_put_text(line, "deployment", r->deployment_id);
	request_line_put_text(line, "tier", r->tier);
}

static void put_way(struct text *line, const struct request_record *r)
{
	bool counted = r->usage.known || r->usage.estimated;

	request_line_put_text(line, "outcome", r->outcome);
	json_write(line, "status:%, stream:%b, attempts:%, fallbacks:%, blocked_upward:%",
	    r->status, r->streamed, r->attempts, r->fallbacks, r->blocked_upward);
	put_money(line, "not_spent", r->not_spent.nano);
	put_money(line, "not_spent_most", r->not_spent.most_nano);
	json_write(line, "from_cache:%b", r->from_cache);
	put_money(line, "cache_saved", r->cache_saved_nano);
	put_count(line, "input_tokens", counted, r->usage.input_tokens);
	put_count(line, "cached_tokens", counted, r->usage.cached_tokens);
	put_count(line, "output_tokens", counted, r->usage.output_tokens);
	put_count(line, "reasoning_tokens", counted, r->usage.reasoning_tokens);
	put_money(line, "cost", r->cost_nano);
	json_write(line, "latency_ms:%", r->latency_ms);
	put_count(line, "first_token_ms", r->first_token_ms >= 0, r->first_token_ms);
	json_write(line, "overhead_ms:%", r->overhead_us / 1000);
	request_line_put_text(line, "error", r->error);
}

/* ---- the file; all under the mutex ---- */

static bool is_open(const char *path)
{
	struct stat now;

	return out.fd >= 0 && stat(path, &now) == 0 && now.st_dev == out.device &&
	       now.st_ino == out.inode;
}

static int open_file(const char *path)
{
	struct stat now;

	if (is_open(path))
		return 0;
	if (out.fd >= 0)
		close(out.fd);
	out.fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (out.fd < 0 || fstat(out.fd, &now) != 0)
		return -1;
	out.device = now.st_dev;
	out.inode = now.st_ino;
	return 0;
}

static void complain(const char *path, int why)
{
	if (out.complained_ms && clock_mono_ms() < out.complained_ms + COMPLAIN_MS)
		return;
	out.complained_ms = clock_mono_ms();
	log_event(LOG_ERROR, "request_log",
	    "%s cannot be written: %s; requests are not logged there", path, strerror(why));
}

static void write_to_file(const char *path, const struct text *line)
{
	pthread_mutex_lock(&out.mutex);
	if (open_file(path) != 0 || write(out.fd, line->bytes, line->len) != (ssize_t)line->len)
		complain(path, errno);
	pthread_mutex_unlock(&out.mutex);
}

void request_line_write(const char *where, const struct request_record *record)
{
	AUTO_TEXT struct text line = text_empty(LINE_MAX_BYTES);

	if (!where || !*where)
		return;
	json_write(&line, "{");
	put_who(&line, record);
	put_way(&line, record);
	json_write(&line, "}");
	text_putc(&line, '\n');
	if (strcmp(where, "stderr") == 0)
		(void)!write(STDERR_FILENO, line.bytes, line.len);
	else
		write_to_file(where, &line);
}
