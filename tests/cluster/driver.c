/*
 * The clients of the cluster's test: for each gateway as many as are asked for, each with one
 * connection and one key, asking again and again.
 *
 *	driver KEYS LOG CLIENTS PAUSE_MS ADDRESS:PORT...
 *
 * KEYS has a line a key: NAME SECRET.  LOG gets a line a request: when it began and when it ended
 * (milliseconds since 1970), the gateway's number, the key's name, the status (0: no answer), and
 * of an answer that is not 200 its Retry-After (-1: none) and the beginning of its body.  A client
 * waits PAUSE_MS after an answer, 250 ms after a refusal.  SIGTERM: running requests end first.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KEYS_MAX         256
#define CLIENTS_MAX      1024
#define ANSWER_MAX       16384
#define PATIENCE_S       60 /* a client's, for an answer */
#define AFTER_REFUSAL_MS 250

struct key {
	char name[64], secret[128];
};

struct client {
	int gateway;
	struct sockaddr_in where;
	const struct key *key;
	int fd;
};

static struct key keys[KEYS_MAX];
static unsigned key_count;
static FILE *journal;
static int pause_ms;
static atomic_bool ends;
static char filler[1400]; /* text of a length that a chat has */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static bool connect_client(struct client *client)
{
	if (client->fd >= 0)
		return true;
	struct timeval patience = { .tv_sec = PATIENCE_S }, hurry = { .tv_sec = 3 };
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &hurry, sizeof hurry);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	if (connect(fd, (struct sockaddr *)&client->where, sizeof client->where) != 0) {
		close(fd);
		return false;
	}
	client->fd = fd;
	return true;
}

/* The whole answer, ended by a zero; its length or -1. */
static ssize_t read_answer(int fd, char *answer)
{
	size_t have = 0;
	while (have < ANSWER_MAX) {
		ssize_t got = recv(fd, answer + have, ANSWER_MAX - have, 0);
		if (got <= 0)
			return -1;
		have += (size_t)got;
		answer[have] = '\0';
		const char *end = strstr(answer, "\r\n\r\n");
		if (end == NULL)
			continue;
		const char *length = strcasestr(answer, "\r\ncontent-length:");
		if (length != NULL
			? have >= (size_t)(end + 4 - answer) + strtoul(length + 17, NULL, 10)
			: strstr(end, "\r\n0\r\n\r\n") != NULL)
			return (ssize_t)have;
	}
	return -1;
}

static int ask(struct client *client, const struct key *key, char *answer)
{
	char body[2048], request[4096];
	answer[0] = '\0';
	if (!connect_client(client))
		return 0;
	int body_len = snprintf(body, sizeof body,
	    "{\"model\":\"m\",\"max_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\"@%s@"
	    " %s\"}]}",
	    key->name, filler);
	int len = snprintf(request, sizeof request,
	    "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "
	    "%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
	    key->secret, body_len, body);
	if (send(client->fd, request, (size_t)len, MSG_NOSIGNAL) != len ||
	    read_answer(client->fd, answer) < 0) {
		close(client->fd);
		client->fd = -1;
		answer[0] = '\0';
		return 0;
	}
	int status = atoi(answer + 9);
	if (strcasestr(answer, "\r\nconnection: close") != NULL) {
		close(client->fd);
		client->fd = -1;
	}
	return status;
}

static void note(const struct client *client, const struct key *key, int64_t began, int status,
    const char *answer)
{
	char why[400] = "";
	long after = -1;
	if (status != 200 && status != 0) {
		const char *retry = strcasestr(answer, "\r\nretry-after:"),
			   *body = strstr(answer, "\r\n\r\n");
		after = retry != NULL ? strtol(retry + 14, NULL, 10) : -1;
		snprintf(why, sizeof why, "%s", body + 4);
		for (char *c = why; *c != '\0'; c++)
			if (*c == '\n' || *c == '\r' || *c == '\t')
				*c = ' ';
	}
	fprintf(journal, "%lld\t%lld\t%d\t%s\t%d\t%ld\t%s\n", (long long)began, (long long)now_ms(),
	    client->gateway, key->name, status, after, why);
}

static void *run(void *arg)
{
	struct client *client = arg;
	char *answer = malloc(ANSWER_MAX + 1);
	while (answer != NULL && !ends) {
		int64_t began = now_ms();
		int status = ask(client, client->key, answer);
		note(client, client->key, began, status, answer);
		usleep((useconds_t)(status == 200 ? pause_ms : AFTER_REFUSAL_MS) * 1000);
	}
	free(answer);
	return NULL;
}

static bool read_keys(const char *name)
{
	FILE *file = fopen(name, "r");
	while (file != NULL && key_count < KEYS_MAX &&
	       fscanf(file, "%63s %127s", keys[key_count].name, keys[key_count].secret) == 2)
		key_count++;
	if (file != NULL)
		fclose(file);
	return key_count > 0;
}

int main(int argc, char **argv)
{
	static struct client clients[CLIENTS_MAX];
	static pthread_t threads[CLIENTS_MAX];
	int each = argc > 5 ? atoi(argv[3]) : 0, count = 0;
	if (each < 1 || each * (argc - 5) > CLIENTS_MAX || !read_keys(argv[1])) {
		fputs("usage: driver KEYS LOG CLIENTS PAUSE_MS ADDRESS:PORT...\n", stderr);
		return 2;
	}
	pause_ms = atoi(argv[4]);
	journal = fopen(argv[2], "a");
	if (journal == NULL) {
		perror(argv[2]);
		return 1;
	}
	setvbuf(journal, NULL, _IOLBF, 1 << 16);
	memset(filler, 'a', sizeof filler - 1);
	for (size_t i = 7; i < sizeof filler - 1; i += 8)
		filler[i] = ' ';

	/* The threads inherit that SIGTERM is blocked; the first one waits for it. */
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 128 * 1024);
	for (int g = 0; g < argc - 5; g++) {
		char *colon = strchr(argv[5 + g], ':');
		*colon = '\0';
		for (int i = 0; i < each; i++, count++) {
			struct client *client = &clients[count];
			*client = (struct client){
				.gateway = g + 1, .key = &keys[(unsigned)i % key_count], .fd = -1
			};
			client->where.sin_family = AF_INET;
			client->where.sin_port = htons((uint16_t)atoi(colon + 1));
			inet_pton(AF_INET, argv[5 + g], &client->where.sin_addr);
			if (pthread_create(&threads[count], &small, run, client) != 0)
				return 1;
		}
	}
	int got;
	sigwait(&set, &got);
	ends = true;
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	fclose(journal);
	return 0;
}
