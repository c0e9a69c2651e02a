#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

/*
 * `sideways doctor`: looks at the place and at the way to it, and says what to change.
 *
 * Each check adds findings; a finding has a sentence and, where something is to be done, the exact
 * line for the server that is in front (doctor_findings.c has the table).  Nothing is billed: no
 * provider is sent a request.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cli/options.h"
#include "settings/settings.h"

enum severity { FINDING_OK, FINDING_NOTE, FINDING_WARNING, FINDING_PROBLEM };

/* The web server next to the gateway, as far as advice differs. */
enum server_kind {
	SERVER_UNKNOWN,
	SERVER_LIGHTTPD,
	SERVER_APACHE_PROXY,
	SERVER_APACHE_FCGID,
	SERVER_APACHE_CGI,
	SERVER_NGINX,
	SERVER_CADDY,
};

/* What the table has advice for. */
enum trouble {
	TROUBLE_NONE,
	TROUBLE_BUFFERED,
	TROUBLE_COMPRESSED,
	TROUBLE_AUTHORIZATION,
	TROUBLE_BODY_LIMIT,
	TROUBLE_CUT,
	TROUBLE_CACHED,
	TROUBLE_HTTPS_UNSEEN,
};

struct finding {
	enum severity severity;
	const char *check;  /* "streaming" */
	const char *text;   /* a sentence */
	const char *change; /* NULL: nothing to do */
};

#define FINDINGS_MAX 128

struct doctor {
	struct arena *arena;
	const struct options *options;
	const struct settings *settings; /* NULL: cannot be used */
	struct finding findings[FINDINGS_MAX];
	size_t count;
	enum server_kind server;
};

void doctor_add(struct doctor *doctor, enum severity severity, const char *check,
    const char *change, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* The line to change in the file of the doctor's server. */
const char *doctor_advice(const struct doctor *doctor, enum trouble trouble);

/* "Apache/2.4.62 (Debian)" and "proxy", "fastcgi" or "cgi"; either may be NULL. */
enum server_kind doctor_server_kind(const char *software, const char *way);
const char *doctor_server_name(enum server_kind kind);

void doctor_print(const struct doctor *doctor);
void doctor_print_json(const struct doctor *doctor);

/* The checks. */
void doctor_place(struct doctor *doctor); /* settings, permissions, database */
void doctor_reach(struct doctor *doctor); /* providers */
void doctor_path(struct doctor *doctor, const char *url, int64_t wait_ms); /* the public path */

#endif
