/*
 * One row a web server.  What differs between an installation and a run is the socket and the
 * address, and both stand in the shipped files as words that can be replaced.
 */
#include "cli/web_front.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/front_files.h"

#include "base/banned.h"

/* The shipped files have 5 KiB at most, a path 4. */
#define CONFIGURATION_MAX_BYTES 65536

struct web_front {
	const char *name;
	const char *shipped;
	/* FOLDER, SOCKET, HOST, PORT and CONF are replaced in all of these. */
	const char *head, *tail;
	const char *replaced[2][2]; /* of the shipped file, besides the socket */
	const char *words[8];
	int farewell;
};

static const struct web_front fronts[] = {
	{
	    .name = "lighttpd",
	    .shipped = front_lighttpd_text,
	    .head = "server.modules = ()\n"
		    "server.bind = \"HOST\"\n"
		    "server.port = PORT\n"
		    "server.document-root = \"FOLDER\"\n"
		    "server.upload-dirs = (\"FOLDER\")\n",
	    .tail = "",
	    .words = { "lighttpd", "-D", "-f", "CONF" },
	    .farewell = SIGINT,
	},
	{
	    .name = "nginx",
	    .shipped = front_nginx_text,
	    .head = "daemon off;\nUSERpid \"FOLDER/nginx.pid\";\n"
		    "error_log stderr;\n"
		    "events { worker_connections 8192; }\n"
		    "worker_rlimit_nofile 16384;\n"
		    "http {\n"
		    "access_log off;\n"
		    "client_body_temp_path \"FOLDER/nginx-body\";\n"
		    "proxy_temp_path \"FOLDER/nginx-proxy\";\n"
		    "fastcgi_temp_path \"FOLDER/nginx-fastcgi\";\n"
		    "uwsgi_temp_path \"FOLDER/nginx-uwsgi\";\n"
		    "scgi_temp_path \"FOLDER/nginx-scgi\";\n",
	    .tail = "}\n",
	    .replaced = { { "listen 127.0.0.1:4000;", "listen HOST:PORT;" } },
	    .words = { "nginx", "-e", "stderr", "-p", "FOLDER", "-c", "CONF" },
	    .farewell = SIGQUIT,
	},
	{
	    .name = "caddy",
	    .shipped = front_caddy_text,
	    .head = "{\n\tadmin off\n\tauto_https off\n\tstorage file_system \"FOLDER/caddy\"\n}\n",
	    .tail = "",
	    .replaced = { { "\n:4000 {", "\n:PORT {\n\tbind HOST" } },
	    .words = { "caddy", "run", "--adapter", "caddyfile", "--config", "CONF" },
	    .farewell = SIGTERM,
	},
};

#define FRONT_COUNT (sizeof fronts / sizeof fronts[0])

const char *web_front_name(const struct web_front *front)
{
	return front->name;
}

int web_front_farewell(const struct web_front *front)
{
	return front->farewell;
}

/* ---- which one */

/* Where Debian keeps web servers is not in the PATH of people who are not root. */
static char *search_path(void)
{
	const char *path = getenv("PATH");

	return alloc_printf("%s:/usr/local/sbin:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
}

/* Its path, or NULL. */
static char *program_of(const char *name)
{
	AUTO_FREE char *path = search_path();

	for (const char *at = path; at && *at; at += strspn(at, ":")) {
		size_t len = strcspn(at, ":");
		AUTO_FREE char *file = alloc_printf("%.*s/%s", (int)len, at, name);

		if (len && access(file, X_OK) == 0)
			return alloc_copy(file);
		at += len;
	}
	return NULL;
}

int web_front_find(const char *name, const struct web_front **out, struct error *err)
{
	bool known = !name;

	for (size_t i = 0; i < FRONT_COUNT; i++) {
		if (name && strcmp(fronts[i].name, name) != 0)
			continue;
		AUTO_FREE char *program = program_of(fronts[i].name);
		known = true;
		if (!program)
			continue;
		*out = &fronts[i];
		return 0;
	}
	if (!known)
		return error_set(err, ERROR_USAGE,
		    "--server %.40s: run knows lighttpd, nginx and caddy; docs/install.md has "
		    "others",
		    name);
	if (name)
		return error_set(err, ERROR_SETTINGS, "%s is not installed", name);
	return error_set(err, ERROR_SETTINGS,
	    "no web server is installed; one of lighttpd, nginx and caddy is needed, as by: apt "
	    "install lighttpd");
}

/* ---- where it listens */

int web_front_address(
    const struct web_front_place *place, struct sockaddr_storage *out, socklen_t *out_len)
{
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)out;

	*out = (struct sockaddr_storage){ 0 };
	if (inet_pton(AF_INET, place->host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)place->port);
		*out_len = sizeof *four;
		return AF_INET;
	}
	if (inet_pton(AF_INET6, place->host, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)place->port);
		*out_len = sizeof *six;
		return AF_INET6;
	}
	return AF_UNSPEC;
}

static int explain_bind(const struct web_front_place *place, int why, struct error *err)
{
	if (why == EADDRINUSE)
		return error_set(err, ERROR_USAGE,
		    "port %d is taken by another program; choose another: --port %d",
		    (int)place->port, place->port < 65535 ? (int)place->port + 1 : 4000);
	if (why == EACCES)
		return error_set(err, ERROR_USAGE,
		    "port %d needs root; choose one from 1024 up: --port 4000", (int)place->port);
	return error_set(err, ERROR_USAGE, "nobody can listen at %.60s port %d: %s", place->host,
	    (int)place->port, strerror(why));
}

int web_front_check_port(const struct web_front_place *place, struct error *err)
{
	static const int yes = 1;
	struct sockaddr_storage address;
	socklen_t len = 0;
	int family = web_front_address(place, &address, &len);

	if (family == AF_UNSPEC)
		return error_set(err, ERROR_USAGE,
		    "--host needs an address, as 127.0.0.1 (this machine only) or 0.0.0.0 "
		    "(everybody), not '%.60s'",
		    place->host);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return explain_bind(place, errno, err);
	/* As the web servers do it: connections that have just ended are no hindrance. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	int why = bind(fd, (const struct sockaddr *)(const void *)&address, len) == 0 ? 0 : errno;
	if (!why && listen(fd, 1) != 0)
		why = errno;
	close(fd);
	return why ? explain_bind(place, why, err) : 0;
}

/* ---- its configuration */

static char *configuration_path(const struct web_front *front, const char *folder)
{
	return alloc_printf("%s/%s.conf", folder, front->name);
}

/* All of these words in one pass, the first that fits; a value is never looked through again. */
struct replacement {
	const char *from, *to;
};

static void put_replaced(
    struct text *out, const char *from, const struct replacement *words, size_t count)
{
	while (*from) {
		size_t i = 0;

		while (i < count &&
		       !(words[i].from && strncmp(from, words[i].from, strlen(words[i].from)) == 0))
			i++;
		if (i == count) {
			text_putc(out, *from++);
			continue;
		}
		text_puts(out, words[i].to);
		from += strlen(words[i].from);
	}
}

/* The values of a run.  nginx and lighttpd want an IPv6 address in brackets. */
static void put_placed(struct text *out, const struct web_front *front,
    const struct web_front_place *place, const char *template)
{
	AUTO_FREE char *conf = configuration_path(front, place->folder);
	AUTO_FREE char *port = alloc_printf("%d", (int)place->port);
	bool bracket = strchr(place->host, ':') && strcmp(front->name, "caddy") != 0;
	AUTO_FREE char *host = alloc_printf(bracket ? "[%s]" : "%s", place->host);
	const struct replacement words[] = {
		{ "FOLDER", place->folder },
		{ "SOCKET", place->socket },
		{ "HOST", host },
		{ "PORT", port },
		{ "CONF", conf },
		/* Workers of another user could not come into the private folder. */
		{ "USER", geteuid() == 0 ? "user root;\n" : "" },
	};

	put_replaced(out, template, words, sizeof words / sizeof words[0]);
}

/* In two passes: the shipped words become those of the row, and these the values. */
static void put_shipped(
    struct text *out, const struct web_front *front, const struct web_front_place *place)
{
	AUTO_TEXT struct text template = text_empty(CONFIGURATION_MAX_BYTES);
	const struct replacement words[] = {
		{ "/run/sideways/sideways.sock", "SOCKET" },
		{ front->replaced[0][0], front->replaced[0][1] },
		{ front->replaced[1][0], front->replaced[1][1] },
	};

	put_replaced(&template, front->shipped, words, sizeof words / sizeof words[0]);
	put_placed(out, front, place, template.bytes);
}

static int write_whole(const char *path, const struct text *text, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_set(err, ERROR_SETTINGS, "%.300s: %s", path, strerror(errno));
	ssize_t written = write(fd, text->bytes, text->len);
	if (close(fd) == 0 && written == (ssize_t)text->len)
		return 0;
	return error_set(err, ERROR_SETTINGS, "%.300s could not be written whole", path);
}

int web_front_write(
    const struct web_front *front, const struct web_front_place *place, struct error *err)
{
	AUTO_FREE char *path = configuration_path(front, place->folder);
	AUTO_TEXT struct text text = text_empty(CONFIGURATION_MAX_BYTES);

	if (place->folder[strcspn(place->folder, "\"\\$#{}\n\r\t")])
		return error_set(err, ERROR_USAGE,
		    "the folder %.300s has a character that means something to a web server; "
		    "--folder names another",
		    place->folder);
	text_puts(&text, "# Made by `sideways run` at each start.\n");
	put_placed(&text, front, place, front->head);
	put_shipped(&text, front, place);
	put_placed(&text, front, place, front->tail);
	if (text_failed(&text))
		return error_set(err, ERROR_INTERNAL, "the configuration did not fit");
	return write_whole(path, &text, err);
}

/* ---- the process */

static void write_to_log(const struct web_front *front, const char *folder)
{
	AUTO_FREE char *path = alloc_printf("%s/%s.log", folder, front->name);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(126);
}

_Noreturn void web_front_become(const struct web_front *front, const struct web_front_place *place)
{
	AUTO_FREE char *program = program_of(front->name);
	AUTO_FREE char *path = search_path();
	char *environment[] = { alloc_printf("PATH=%s", path),
		alloc_printf("HOME=%s", place->folder), NULL };
	char *words[sizeof front->words / sizeof front->words[0] + 1] = { NULL };
	sigset_t none;

	for (size_t i = 0; i < sizeof front->words / sizeof front->words[0]; i++) {
		struct text word;
		if (!front->words[i])
			break;
		text_init(&word, CONFIGURATION_MAX_BYTES);
		put_placed(&word, front, place, front->words[i]);
		words[i] = word.bytes;
	}
	write_to_log(front, place->folder);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (program)
		(void)execve(program, words, environment);
	_exit(127);
}
