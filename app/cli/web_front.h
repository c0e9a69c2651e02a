#ifndef CLI_WEB_FRONT_H
#define CLI_WEB_FRONT_H

/*
 * The web server that `sideways run` puts before the gateway: the first that is installed of
 * lighttpd, nginx and Caddy.  Its configuration is the shipped file of config/ (compiled in), with
 * the place of this run in it, below a few lines of its own; it is written into the run's folder.
 */
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/error.h"

struct web_front; /* a row of the table */

struct web_front_place {
	const char *folder; /* absolute; configuration, log and temporary files */
	const char *socket; /* of the gateway */
	const char *host;   /* an address: "127.0.0.1", "::1", "0.0.0.0" */
	int64_t port;
};

/* The one that is named, else the first that is installed.  -1: the text says what to install. */
int web_front_find(const char *name, const struct web_front **out, struct error *err);
const char *web_front_name(const struct web_front *front);

/* Can somebody listen there?  -1: the text says who cannot and what to do. */
int web_front_check_port(const struct web_front_place *place, struct error *err);

/* Its address; the family, or AF_UNSPEC when the host is none. */
int web_front_address(
    const struct web_front_place *place, struct sockaddr_storage *out, socklen_t *out_len);

/* Writes the configuration. */
int web_front_write(
    const struct web_front *front, const struct web_front_place *place, struct error *err);

/* Never returns: becomes the web server, which stays in the foreground and writes to
 * FOLDER/NAME.log.  Its environment is PATH and HOME alone: provider keys are none of its business.
 */
_Noreturn void web_front_become(const struct web_front *front, const struct web_front_place *place);

/* The signal after which it takes nothing new and ends what runs. */
int web_front_farewell(const struct web_front *front);

#endif
