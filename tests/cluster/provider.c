/*
 * The provider of the cluster's test: it answers, counts and bills by itself, and so is the judge.
 *
 * Every POST is a call.  It is billed when it has been read, whatever becomes of its answer: the
 * tokens of input are a sixteenth of the text's bytes, those of output from 1 to max_tokens.  Who
 * is billed stands in the text ("@NAME@"), because all clients of a gateway come with its key.  A
 * line a call goes to LOG, before the answer: when (milliseconds since 1970), who, nano-dollars.
 *
 *	provider PORT WAIT_MS LOG
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX     16384 /* those of the driver have 2,000 bytes */
#define INPUT_NANO      500   /* a token, as in sideways.yaml */
#define OUTPUT_NANO     1000
#define BYTES_PER_TOKEN 16

static int wait_ms;
static FILE *bills;

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static long number_after(const char *text, const char *name, long otherwise)
{
	const char *at = strstr(text, name);
	return at != NULL ? strtol(at + strlen(name), NULL, 10) : otherwise;
}

/* A whole request with its head at the beginning of the buffer; how many bytes, or -1 when the
 * connection ended. */
static ssize_t read_request(int fd, char *buffer)
{
	size_t have = 0;
	for (;;) {
		buffer[have] = '\0';
		const char *end = strstr(buffer, "\r\n\r\n");
		if (end != NULL) {
			const char *length = strcasestr(buffer, "\r\ncontent-length:");
			size_t whole = (size_t)(end + 4 - buffer) +
				       (length != NULL ? strtoul(length + 17, NULL, 10) : 0);
			if (have >= whole)
				return (ssize_t)have;
		}
		if (have == REQUEST_MAX)
			return -1;
		ssize_t got = recv(fd, buffer + have, REQUEST_MAX - have, 0);
		if (got <= 0)
			return -1;
		have += (size_t)got;
	}
}

static void bill(const char *request, long *out_input, long *out_output)
{
	static __thread unsigned seed;
	if (seed == 0)
		seed = (unsigned)(uintptr_t)&seed ^ (unsigned)now_ms();
	const char *body = strstr(request, "\r\n\r\n") + 4, *who = strchr(body, '@');
	const char *who_end = who != NULL ? strchr(who + 1, '@') : NULL;
	long most = number_after(body, "\"max_tokens\":", 1);
	*out_input = (long)strlen(body) / BYTES_PER_TOKEN;
	*out_output = 1 + rand_r(&seed) % most;
	fprintf(bills, "%lld %.*s %ld\n", (long long)now_ms(),
	    who_end != NULL ? (int)(who_end - who - 1) : 1, who_end != NULL ? who + 1 : "?",
	    *out_input * INPUT_NANO + *out_output * OUTPUT_NANO);
	fflush(bills);
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char *request = malloc(REQUEST_MAX + 1);
	while (request != NULL && read_request(fd, request) > 0) {
		char body[512], reply[1024];
		long input, output;
		bill(request, &input, &output);
		usleep((useconds_t)wait_ms * 1000);
		int body_len = snprintf(body, sizeof body,
		    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1790000000,"
		    "\"model\":\"m\",\"choices\":[{\"index\":0,"
		    "\"message\":{\"role\":\"assistant\",\"content\":\"Yes.\"},\"finish_reason\":"
		    "\"stop\"}],"
		    "\"usage\":{\"prompt_tokens\":%ld,\"completion_tokens\":%ld,\"total_tokens\":%"
		    "ld}}",
		    input, output, input + output);
		int len = snprintf(reply, sizeof reply,
		    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
		    "%d\r\n\r\n%s",
		    body_len, body);
		if (send(fd, reply, (size_t)len, MSG_NOSIGNAL) != len)
			break;
	}
	free(request);
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: provider PORT WAIT_MS LOG\n", stderr);
		return 2;
	}
	wait_ms = atoi(argv[2]);
	bills = fopen(argv[3], "a");
	struct sockaddr_in where = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(argv[1])) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bills == NULL || bind(listener, (struct sockaddr *)&where, sizeof where) != 0 ||
	    listen(listener, 1024) != 0) {
		perror("provider");
		return 1;
	}
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 128 * 1024);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t thread;
		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
		if (pthread_create(&thread, &small, serve, (void *)(intptr_t)fd) != 0)
			close(fd);
		else
			pthread_detach(thread);
	}
}
