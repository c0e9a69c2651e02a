/*
 * One row a system.  See the header.
 */
#include "fetch/authorities.h"

#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

static const char *const places[] = {
	"/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Alpine, Arch */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Red Hat, CloudLinux, Fedora */
	"/etc/pki/tls/certs/ca-bundle.crt",                  /* the same, older */
	"/var/lib/ca-certificates/ca-bundle.pem",            /* SUSE */
	"/etc/ssl/ca-bundle.pem",                            /* the same, older */
	"/etc/ssl/cert.pem",                                 /* Alpine without its package, BSD */
};

const char *authorities_find(const char *root, struct authorities_path *out)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		int len = snprintf(out->text, sizeof out->text, "%s%s", root, places[i]);

		if (len > 0 && (size_t)len < sizeof out->text && access(out->text, R_OK) == 0)
			return out->text;
	}
	return NULL;
}
