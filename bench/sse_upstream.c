/*
 * A provider whose streams run by the clock: for measuring what a gateway adds to each event.
 *
 * Answers every POST: one that asks for a stream gets `tokens` events, `gap_ms` apart, then usage
 *and [DONE]; any other gets a whole answer.  Each event carries the moment at which it was written
 *("t123456789", in microseconds of the monotonic clock), so that sse_load, on the same machine,
 *sees how long it was on its way. One thread, epoll, loopback only; ends with SIGTERM.
 *
 *	sse_upstream PORT TOKENS GAP_MS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 16384 /* descriptors above are refused: three times what a run uses */
#define INPUT_MAX       (2 << 20)
#define LEAST_WAIT_US   200 /* a clock that spins takes a processor from what is measured */

struct connection {
	bool open;
	char *input; /* the request so far */
	size_t input_len;
	int tokens_left; /* -1: no stream is running */
	int64_t next_us;
};

static struct connection connections[CONNECTIONS_MAX];
static int epoll_fd, tokens, gap_ms, highest_fd;

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void hang_up(int fd)
{
	free(connections[fd].input);
	connections[fd] = (struct connection){ .tokens_left = -1 };
	close(fd);
}

static void say(int fd, const char *text, size_t len)
{
	/* Answers are small: a socket that does not take one at once belongs to a client that has
	 * gone. */
	if (send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
		connections[fd].tokens_left = -1;
}

static void say_chunk(int fd, const char *data)
{
	char frame[1024];
	int len = snprintf(frame, sizeof frame, "%zx\r\ndata: %s\n\n\r\n", strlen(data) + 8, data);
	say(fd, frame, (size_t)len);
}

static void begin_stream(int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n";
	say(fd, head, sizeof head - 1);
	connections[fd].tokens_left = tokens;
	/* Clients that began together do not tick together: a burst would measure itself. */
	connections[fd].next_us = now_us() + random() % (gap_ms * 1000L + 1);
}

static void end_stream(int fd)
{
	say_chunk(fd,
	    "{\"id\":\"chatcmpl-b\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
	    "\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}"
	    "]}");
	say_chunk(fd,
	    "{\"id\":\"chatcmpl-b\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
	    "\"model\":\"bench\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
	    "\"completion_tokens\":20,\"total_tokens\":29}}");
	say_chunk(fd, "[DONE]");
	say(fd, "0\r\n\r\n", 5);
	connections[fd].tokens_left = -1;
}

static void next_event(int fd)
{
	struct connection *c = &connections[fd];
	char data[512];
	if (c->tokens_left == 0) {
		end_stream(fd);
		return;
	}
	snprintf(data, sizeof data,
	    "{\"id\":\"chatcmpl-b\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
	    "\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"t%lld \"},"
	    "\"finish_reason\":null}]}",
	    (long long)now_us());
	c->tokens_left--;
	c->next_us += gap_ms * 1000LL;
	say_chunk(fd, data);
}

static void answer_whole(int fd)
{
	static const char body[] =
	    "{\"id\":\"chatcmpl-b\",\"object\":\"chat.completion\",\"created\":1790000000,"
	    "\"model\":\"bench\","
	    "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello.\"},"
	    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
	    "\"total_tokens\":11}}";
	char text[1024];
	int len = snprintf(text, sizeof text,
	    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    sizeof body - 1, body);
	say(fd, text, (size_t)len);
}

/* Answers the request in the input, if it is whole. */
static void try_answer(int fd)
{
	struct connection *c = &connections[fd];
	c->input[c->input_len] = '\0';
	char *end = strstr(c->input, "\r\n\r\n");
	if (!end)
		return;
	char *length = strcasestr(c->input, "\r\nContent-Length:");
	size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
	if (c->input_len < (size_t)(end + 4 - c->input) + body)
		return;
	bool stream = strstr(end, "\"stream\":true") || strstr(end, "\"stream\": true");
	c->input_len = 0; /* requests come one after the other */
	if (stream)
		begin_stream(fd);
	else
		answer_whole(fd);
}

static void take_input(int fd)
{
	struct connection *c = &connections[fd];
	if (!c->input)
		c->input = malloc(INPUT_MAX + 1);
	if (!c->input)
		abort();
	ssize_t got = recv(fd, c->input + c->input_len, INPUT_MAX - c->input_len, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		hang_up(fd);
		return;
	}
	c->input_len += (size_t)got;
	try_answer(fd);
}

static void take_connection(int listener)
{
	int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (fd >= CONNECTIONS_MAX) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	connections[fd] = (struct connection){ .open = true, .tokens_left = -1 };
	if (fd > highest_fd)
		highest_fd = fd;
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Writes the events that are due; the time until the next one. */
static struct timespec run_clock(void)
{
	int64_t now = now_us(), wait_us = 1000000;
	for (int fd = 0; fd <= highest_fd; fd++) {
		struct connection *c = &connections[fd];
		if (!c->open || c->tokens_left < 0)
			continue;
		if (c->next_us <= now)
			next_event(fd);
		if (c->tokens_left >= 0 && c->next_us - now < wait_us)
			wait_us = c->next_us - now;
	}
	if (wait_us < LEAST_WAIT_US)
		wait_us = LEAST_WAIT_US;
	return (struct timespec){ wait_us / 1000000, wait_us % 1000000 * 1000 };
}

static int listen_at(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) {
		perror("sse_upstream: listen");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: sse_upstream PORT TOKENS GAP_MS\n");
		return 2;
	}
	int listener = listen_at((int)strtol(argv[1], NULL, 10));
	tokens = (int)strtol(argv[2], NULL, 10);
	gap_ms = (int)strtol(argv[3], NULL, 10);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		struct epoll_event ready[256];
		struct timespec wait = run_clock();
		int count = epoll_pwait2(epoll_fd, ready, 256, &wait, NULL);
		for (int i = 0; i < count; i++) {
			if (ready[i].data.fd == listener)
				take_connection(listener);
			else
				take_input(ready[i].data.fd);
		}
	}
}
