/* See the header. */
#include "tls_relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fetch/authorities.h"

static SSL_CTX *context;
static char authority[] = "/tmp/sideways-tls-relay-XXXXXX";

const char *authorities_find(const char *root, struct authorities_path *out)
{
	snprintf(out->text, sizeof out->text, "%s", authority);
	return out->text;
}

static void add_extension(X509 *certificate, int id, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, id, value);

	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_ASC, (const unsigned char *)"loopback", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1");
	X509_sign(certificate, key, EVP_sha256());
	return certificate;
}

static void make_context(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(key);
	FILE *file = fdopen(mkstemp(authority), "w");

	context = SSL_CTX_new(TLS_server_method());
	if (!file || !context || PEM_write_X509(file, certificate) != 1 || fclose(file) != 0 ||
	    SSL_CTX_use_certificate(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(context, key) != 1)
		abort();
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* ---- a connection ---- */

struct relayed {
	struct tls_relay *relay;
	SSL *ssl;
	int near, far;
};

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool put_all(int fd, const char *bytes, int len)
{
	while (len > 0) {
		ssize_t sent = send(fd, bytes, (size_t)len, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		len -= (int)sent;
	}
	return true;
}

/* False: that way is over. */
static bool inwards(struct relayed *one, char *block, int size)
{
	int got = SSL_read(one->ssl, block, size);

	/* a part of a record: there may be no more, and the far side something to say */
	if (got <= 0 && SSL_get_error(one->ssl, got) == SSL_ERROR_WANT_READ)
		return true;
	return got > 0 && put_all(one->far, block, got);
}

static bool outwards(struct relayed *one, char *block, size_t size)
{
	ssize_t got = recv(one->far, block, size, 0);

	if (got == 0)
		SSL_shutdown(one->ssl);
	return got > 0 && SSL_write(one->ssl, block, (int)got) == got;
}

/* A far side that takes no more is no reason not to listen to it: only one way may wait at a time,
 * the way in, and that only when there is room. */
static void carry(struct relayed *one)
{
	static const int size = 16384;
	struct pollfd both[2] = { { one->near, POLLIN, 0 }, { one->far, POLLIN, 0 } };
	char *block = malloc((size_t)size);
	bool goes_on = block != NULL;

	while (goes_on) {
		struct pollfd room = { one->far, POLLOUT, 0 };
		bool may = poll(&room, 1, 0) > 0;

		both[0].events = may ? POLLIN : 0;
		both[1].events = (short)(POLLIN | (may ? 0 : POLLOUT));
		if (may && SSL_pending(one->ssl) > 0)
			both[0].revents = POLLIN;
		else if (poll(both, 2, 100) < 0)
			break;
		if (both[1].revents & (POLLIN | POLLHUP | POLLERR))
			goes_on = outwards(one, block, (size_t)size);
		else if (may && both[0].revents)
			goes_on = inwards(one, block, size);
		both[1].revents = 0;
	}
	free(block);
}

static void *relay_one(void *ctx)
{
	struct relayed *one = ctx;
	struct timeval short_time = { 0, 100000 };
	char block[4096];
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE); /* OpenSSL writes; the one that is tested must not need this */
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	if (SSL_accept(one->ssl) == 1) {
		atomic_fetch_add(&one->relay->handshakes, 1);
		setsockopt(one->near, SOL_SOCKET, SO_RCVTIMEO, &short_time, sizeof short_time);
		atomic_fetch_add(&one->relay->resumed, SSL_session_reused(one->ssl));
		carry(one);
	}
	close(one->far);
	/* closing with bytes unread would be a reset, which overtakes what was said */
	shutdown(one->near, SHUT_WR);
	atomic_fetch_add(&one->relay->closes, 1);
	while (recv(one->near, block, sizeof block, 0) > 0)
		;
	SSL_free(one->ssl);
	close(one->near);
	free(one);
	return NULL;
}

static void *relay_all(void *ctx)
{
	struct tls_relay *relay = ctx;
	int fd;

	while ((fd = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct relayed *one = calloc(1, sizeof *one);
		pthread_t thread;
		int yes = 1;

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
		*one = (struct relayed){ relay, SSL_new(context), fd, connect_to(relay->to_port) };
		SSL_set_fd(one->ssl, fd);
		if (pthread_create(&thread, NULL, relay_one, one) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

void tls_relay_start(struct tls_relay *relay, int to_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;

	(void)signal(
	    SIGPIPE, SIG_IGN); /* as the program does; OpenSSL's writes have no flag for it */
	if (!context)
		make_context();
	memset(relay, 0, sizeof *relay);
	relay->to_port = to_port;
	relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(relay->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(relay->listener, 64) != 0 ||
	    getsockname(relay->listener, (struct sockaddr *)&address, &len) != 0 ||
	    pthread_create(&relay->thread, NULL, relay_all, relay) != 0)
		abort();
	relay->port = ntohs(address.sin_port);
}

void tls_relay_stop(struct tls_relay *relay)
{
	shutdown(relay->listener, SHUT_RDWR);
	pthread_join(relay->thread, NULL);
	close(relay->listener);
	unlink(authority);
}
