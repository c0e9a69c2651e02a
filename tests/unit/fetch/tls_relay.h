#ifndef TESTS_TLS_RELAY_H
#define TESTS_TLS_RELAY_H

/*
 * TLS in front of a server on 127.0.0.1, with a certificate of its own that this process trusts:
 * it stands in for fetch/authorities.c.  A thread a connection.  A proper end of the server's is a
 * proper end under TLS, a reset is an end without one.
 */
#include <pthread.h>
#include <stdatomic.h>

struct tls_relay {
	int listener, port, to_port;
	pthread_t thread;
	atomic_int closes, handshakes, resumed; /* of these, sessions taken up again */
};

void tls_relay_start(struct tls_relay *relay, int to_port);
void tls_relay_stop(struct tls_relay *relay);

#endif
