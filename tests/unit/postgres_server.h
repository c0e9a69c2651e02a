#ifndef TESTS_UNIT_POSTGRES_SERVER_H
#define TESTS_UNIT_POSTGRES_SERVER_H

/*
 * A real PostgreSQL for a test: made with initdb in a folder of its own, reached by its socket
 * there, and ended with the test.  The server refuses to run as root, so then it runs as the user
 * postgres, whom Debian's package makes.  A test that needs it fails where there is none.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct postgres_server {
	char folder[64], url[160];
};

static inline int postgres_run(const struct postgres_server *server, const char *what)
{
	glob_t found = { .gl_pathc = 0 };
	char command[1024];
	int status = -1;

	if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0)
		snprintf(command, sizeof command,
		    "cd / && %s sh -c 'D=%s; export D PATH=%s:$PATH LC_ALL=C.UTF-8; %s' >>%s.log "
		    "2>&1",
		    getuid() == 0 ? "setpriv --reuid postgres --regid postgres --clear-groups" : "",
		    server->folder, found.gl_pathv[found.gl_pathc - 1], what, server->folder);
	if (found.gl_pathc)
		status = system(command);
	globfree(&found);
	return status;
}

/* It waits until the server answers. */
static inline int postgres_start(const struct postgres_server *server)
{
	return postgres_run(server,
	    "pg_ctl -D $D/data -w -t 60 -l $D/server.log -o \"-k $D -c listen_addresses= "
	    "-c max_connections=60 -c shared_buffers=16MB\" start");
}

/* "fast", or "immediate" as if it were killed. */
static inline int postgres_stop(const struct postgres_server *server, const char *how)
{
	char command[96];

	snprintf(command, sizeof command, "pg_ctl -D $D/data -w -t 60 -m %s stop", how);
	return postgres_run(server, command);
}

static inline int postgres_make(struct postgres_server *server)
{
	char command[160];

	/* Paths of sockets are short. */
	snprintf(server->folder, sizeof server->folder, "/tmp/sideways-bank-XXXXXX");
	if (!mkdtemp(server->folder))
		return -1;
	snprintf(server->url, sizeof server->url, "postgresql://postgres@/postgres?host=%s",
	    server->folder);
	snprintf(command, sizeof command, "chown postgres %s", server->folder);
	if (getuid() == 0 && system(command) != 0)
		return -1;
	if (postgres_run(server, "initdb -D $D/data -A trust -U postgres --no-sync") != 0)
		return -1;
	return postgres_start(server);
}

static inline void postgres_end(const struct postgres_server *server)
{
	char command[160];

	(void)postgres_stop(server, "immediate");
	snprintf(command, sizeof command, "rm -rf %s %s.log", server->folder, server->folder);
	(void)!system(command);
}

#endif
