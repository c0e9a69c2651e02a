/*
 * Clients of event streams: how soon the first event comes, how even the rest.
 *
 * Runs `streams` streams over at most `connections` at once, each on a connection of its own, and
 *prints one line of name=value pairs: streams that came whole (with [DONE]), those that did not,
 *and for the first event, the gap between events and the time an event was on its way (from the
 *stamp that sse_upstream writes into it) the median and the 99th percentile in milliseconds.
 *Loopback only; gives up after two minutes.
 *
 *	sse_load PORT PATH CONNECTIONS STREAMS AUTHORIZATION MODEL
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

#define LINE_MAX_BYTES 8192
#define AT_ONCE        500
#define TIME_LIMIT_US  120000000LL

struct samples {
	uint32_t *us;
	size_t count, room;
};

struct client {
	int fd;
	int64_t started_us, last_us; /* last_us 0: no event yet */
	bool done;
	char line[LINE_MAX_BYTES]; /* the line that is not finished */
	size_t line_len;
};

static struct samples first_event, gaps, ways;
static int port, epoll_fd, left, whole, broken, alive;
static char request_text[2048];
static size_t request_len;

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static void sample(struct samples *samples, int64_t us)
{
	if (samples->count == samples->room) {
		samples->room = samples->room ? samples->room * 2 : 4096;
		samples->us = realloc(samples->us, samples->room * sizeof *samples->us);
		if (!samples->us)
			abort();
	}
	samples->us[samples->count++] = us < 0 ? 0 : (uint32_t)us;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void print_samples(const char *name, struct samples *samples)
{
	if (!samples->count) {
		printf(" %s_p50=- %s_p99=-", name, name);
		return;
	}
	qsort(samples->us, samples->count, sizeof *samples->us, compare);
	printf(" %s_p50=%.2f %s_p99=%.2f", name, samples->us[samples->count / 2] / 1e3, name,
	    samples->us[samples->count * 99 / 100] / 1e3);
}

static void start(struct client *client)
{
	if (left == 0) {
		client->fd = -1;
		return;
	}
	left--;
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*client = (struct client){ .fd = fd, .started_us = now_us() };
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
		perror("sse_load: connect");
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (send(fd, request_text, request_len, MSG_NOSIGNAL) != (ssize_t)request_len)
		exit(1);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
	alive++;
}

static void finish(struct client *client)
{
	close(client->fd);
	alive--;
	if (client->done)
		whole++;
	else
		broken++;
	start(client);
}

static void take_line(struct client *client, int64_t now)
{
	if (strncmp(client->line, "data:", 5) != 0)
		return;
	if (strstr(client->line, "[DONE]") || strstr(client->line, "\"message_stop\"")) {
		client->done = true;
		return;
	}
	const char *stamp = strstr(client->line, "\"content\":\"t");
	if (!stamp) /* Anthropic's deltas */
		stamp = strstr(client->line, "\"text\":\"t");
	if (!stamp)
		return;
	stamp = strstr(stamp, ":\"t") + 3;
	sample(&ways, now - strtoll(stamp, NULL, 10));
	if (client->last_us)
		sample(&gaps, now - client->last_us);
	else
		sample(&first_event, now - client->started_us);
	client->last_us = now;
}

static void take_bytes(struct client *client, const char *bytes, size_t len, int64_t now)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n') {
			if (client->line_len < LINE_MAX_BYTES - 1)
				client->line[client->line_len++] = bytes[i];
			continue;
		}
		client->line[client->line_len] = '\0';
		take_line(client, now);
		client->line_len = 0;
	}
}

static void take_input(struct client *client)
{
	char bytes[65536];
	ssize_t got = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0)
		take_bytes(client, bytes, (size_t)got, now_us());
	if (got <= 0 || client->done)
		finish(client);
}

static void make_request(const char *path, const char *authorization, const char *model)
{
	char body[512];
	int body_len = snprintf(body, sizeof body,
	    "{\"model\":\"%s\",\"stream\":true,\"max_tokens\":100,"
	    "\"messages\":[{\"role\":\"user\",\"content\":\"Count.\"}]}",
	    model);
	/* HTTP/1.0, so that the answer is not chunked and ends with the connection. */
	request_len = (size_t)snprintf(request_text, sizeof request_text,
	    "POST %s HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
	    "Authorization: %s\r\nContent-Length: %d\r\n\r\n%s",
	    path, authorization, body_len, body);
}

int main(int argc, char **argv)
{
	if (argc != 7) {
		fprintf(
		    stderr, "usage: sse_load PORT PATH CONNECTIONS STREAMS AUTHORIZATION MODEL\n");
		return 2;
	}
	port = (int)strtol(argv[1], NULL, 10);
	int connections = (int)strtol(argv[3], NULL, 10);
	left = (int)strtol(argv[4], NULL, 10);
	make_request(argv[2], argv[5], argv[6]);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct client *clients = calloc((size_t)connections, sizeof *clients);
	if (!clients)
		abort();
	int64_t started = now_us();
	for (int i = 0; i < connections; i++) {
		start(&clients[i]);
		if (i >= AT_ONCE) /* many clients do not come in one moment */
			usleep(1000);
	}
	while (alive > 0 && now_us() - started < TIME_LIMIT_US) {
		struct epoll_event ready[256];
		int count = epoll_wait(epoll_fd, ready, 256, 100);
		for (int i = 0; i < count; i++)
			take_input(ready[i].data.ptr);
	}
	printf("whole=%d broken=%d seconds=%.2f", whole, broken + alive,
	    (double)(now_us() - started) / 1e6);
	print_samples("first", &first_event);
	print_samples("gap", &gaps);
	print_samples("way", &ways);
	printf("\n");
	free(clients);
	return broken + alive ? 1 : 0;
}
