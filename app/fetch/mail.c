/*
 * Mail.  See the header.
 *
 * The message is RFC 5322 with the text in UTF-8 as it is (8bit).  TLS is demanded of smtps:// and
 * used with smtp:// when the server offers it.
 */
#include "fetch/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "fetch/authorities.h"

#include "base/banned.h"

#define TIME_MAX_MS 15000

struct reading_mail {
	struct slice left;
};

static const char *one_line(const char *text, struct arena *arena)
{
	char *copy = arena_copy(arena, text);

	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return copy;
}

/* Line ends are CRLF on the wire, and \n for a program on this machine. */
static char *compose(const struct mail *mail, const char *eol, struct arena *arena)
{
	char date[64];
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm utc;
	char *message, *at;

	(void)gmtime_r(&now, &utc);
	(void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc);
	message = arena_printf(arena,
	    "Date: %s%sFrom: %s%sTo: %s%sSubject: %s%sMessage-ID: <%s@sideways>%sMIME-Version: "
	    "1.0%sContent-Type: text/plain; charset=utf-8%sContent-Transfer-Encoding: "
	    "8bit%sAuto-Submitted: auto-generated%s%s",
	    date, eol, one_line(mail->from, arena), eol, one_line(mail->to, arena), eol,
	    one_line(mail->subject, arena), eol, digest_new_id().text, eol, eol, eol, eol, eol,
	    eol);
	at = arena_alloc(arena, strlen(message) + strlen(mail->text) * 2 + 1);
	memcpy(at, message, strlen(message));
	message = at;
	at += strlen(at);
	for (const char *c = mail->text; *c; c++) {
		if (*c == '\n' && eol[1])
			*at++ = '\r';
		*at++ = *c;
	}
	return message;
}

/* ---- by SMTP ---- */

static size_t on_read(char *room, size_t size, size_t count, void *ctx)
{
	struct reading_mail *reading = ctx;
	size_t len = size * count < reading->left.len ? size * count : reading->left.len;

	memcpy(room, reading->left.ptr, len);
	reading->left.ptr += len;
	reading->left.len -= len;
	return len;
}

static struct curl_slist *recipients(const char *to, struct arena *arena)
{
	struct curl_slist *list = NULL;
	char *rest = arena_copy(arena, to), *one;

	while ((one = strsep(&rest, ",")) != NULL)
		if (*one)
			list = curl_slist_append(list, one);
	return list;
}

static int by_smtp(const struct mail *mail, struct arena *arena, struct error *err)
{
	struct reading_mail reading = { slice_of(compose(mail, "\r\n", arena)) };
	struct curl_slist *to = recipients(mail->to, arena);
	struct authorities_path authorities;
	CURL *easy = curl_easy_init();
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (easy && to) {
		curl_easy_setopt(easy, CURLOPT_URL, mail->smtp_url);
		curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
		curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
		if (authorities_find("", &authorities))
			curl_easy_setopt(easy, CURLOPT_CAINFO, authorities.text);
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)TIME_MAX_MS);
		curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail->from);
		curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(easy, CURLOPT_READDATA, &reading);
		code = curl_easy_perform(easy);
	}
	curl_slist_free_all(to);
	curl_easy_cleanup(easy);
	if (code != CURLE_OK)
		return error_set(err, ERROR_UPSTREAM, "the SMTP server did not take the mail: %s",
		    curl_easy_strerror(code));
	return 0;
}

/* ---- by sendmail ---- */

/* Nothing of ours but a path: provider keys stand in the environment. */
static char *const small_environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

/* Signals as any program finds them: this process holds some back and ignores others. */
static void usual_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, ignored;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	sigaddset(&ignored, SIGXFSZ);
	posix_spawnattr_init(attributes);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &ignored);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int mail_start(const char *program, int *out_input, pid_t *out_pid)
{
	char *const arguments[] = { (char *)program, (char *)"-i", (char *)"-t", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int ends[2], code;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	usual_signals(&attributes);
	code = posix_spawn(out_pid, program, &actions, &attributes, arguments, small_environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	*out_input = ends[1];
	if (code != 0)
		close(ends[1]);
	return code;
}

static bool write_in_time(int fd, const char *text, int64_t until_ms)
{
	size_t len = strlen(text);

	while (len > 0) {
		struct pollfd waiting = { fd, POLLOUT, 0 };
		int64_t left = until_ms - clock_mono_us() / 1000;
		ssize_t count;

		if (left <= 0 || poll(&waiting, 1, (int)left) <= 0)
			return false;
		count = write(fd, text, len < 4096 ? len : 4096); /* a pipe takes that much */
		if (count <= 0)
			return false;
		text += count;
		len -= (size_t)count;
	}
	return true;
}

/* The exit status, or -1 when it did not end in time and was stopped. */
static int wait_in_time(pid_t pid, int64_t until_ms)
{
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_mono_us() / 1000 >= until_ms) {
			kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return -1;
		}
		(void)poll(NULL, 0, 20);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int by_sendmail(const struct mail *mail, struct arena *arena, struct error *err)
{
	int64_t until_ms = clock_mono_us() / 1000 + TIME_MAX_MS;
	int input = -1, code, status;
	bool written;
	pid_t pid = 0;

	code = mail_start(mail->sendmail, &input, &pid);
	if (code != 0)
		return error_set(err, ERROR_UPSTREAM, "%s cannot be started: %s%s", mail->sendmail,
		    strerror(code),
		    code == EPERM ? "; when mail was added to the settings after the start, "
				    "restart the gateway"
				  : "");
	written = write_in_time(input, compose(mail, "\n", arena), until_ms);
	close(input);
	status = wait_in_time(pid, until_ms);
	if (!written || status != 0)
		return error_set(err, ERROR_UPSTREAM, "%s did not take the mail (exit status %d)",
		    mail->sendmail, status);
	return 0;
}

int mail_send(const struct mail *mail, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };

	return mail->smtp_url ? by_smtp(mail, &arena, err) : by_sendmail(mail, &arena, err);
}
