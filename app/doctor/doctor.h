#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

/*
 * Is everything in order?  The place (files, folders, permissions), the running gateway, the
 * providers, and the way from a client to the gateway.  `sideways doctor`, the panel's page
 * "Configuration" and the first page of a new installation show what these checks find.
 *
 * Each check adds findings; a finding has a sentence and, where something is to be done, the exact
 * line for the server that is in front (advice.c has the table).  Nothing is billed: no provider is
 * sent a request.  One thread; all texts live in the doctor's arena.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "relay/gateway.h"
#include "settings/settings.h"
#include "store/store.h"

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
	TROUBLE_CHUNKED,
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
	const struct settings *settings; /* NULL: cannot be used */
	struct finding findings[FINDINGS_MAX];
	size_t count;
	enum server_kind server;
};

/* ---- findings ---- */

void doctor_add(struct doctor *doctor, enum severity severity, const char *check,
    const char *change, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
size_t doctor_count(const struct doctor *doctor, enum severity severity);
const char *doctor_severity_name(enum severity severity); /* "ok", "note", "warning", "problem" */

/* {"server", "findings": [{severity, check, text, change (or null)}]}; with a true member of the
 * severity's name too, and counts ("problems", "warnings"), for templates.  A new reference. */
json_t *doctor_json(const struct doctor *doctor);

/* ---- advice ---- */

/* The line to change in the file of the doctor's server. */
const char *doctor_advice(const struct doctor *doctor, enum trouble trouble);

/* "Apache/2.4.62 (Debian)" and what web_request_way says; either may be NULL. */
enum server_kind doctor_server_kind(const char *software, const char *way);
const char *doctor_server_name(enum server_kind kind);

/* ---- the checks ---- */

struct doctor_place {
	const char *settings_path, *database;
	const char *document_root; /* of the web server; NULL: not known */
};

/* Files and folders: who may read and change them, are they published, is there room. */
void doctor_place(struct doctor *doctor, const struct doctor_place *place);

/* Opens the database and writes to it; for who has not opened it already. */
void doctor_store(struct doctor *doctor, const char *path);

/* The bank on PostgreSQL, and the copy of its books in this database, if it is there. */
void doctor_bank(
    struct doctor *doctor, const char *bank, const char *password, const char *database);

/* The gateway that answers this request: settings in force, a durable write, holds, prices.
 * catalog may be NULL. */
void doctor_running(struct doctor *doctor, struct gateway *gateway, const struct catalog *catalog,
    struct store *store, int64_t now_ms);

void doctor_reach(struct doctor *doctor); /* a connection to each provider: seconds */

/* The public path, by requests to its URL; wait_ms of silence, 0: not measured. */
void doctor_path(struct doctor *doctor, const char *url, int64_t wait_ms);

#endif
