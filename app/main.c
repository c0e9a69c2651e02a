/*
 * sideways: one executable that finds out how it was started.
 *
 *	descriptor 0 is a listening socket    FastCGI, started by a web server or spawn-fcgi
 *	a CGI environment                     one answer, then the end; arguments are ignored,
 *	                                      because Apache passes a query string without "="
 *	                                      as arguments
 *	otherwise                             the command line
 *
 * Before anything else the process closes what could leak secrets: core dumps, ptrace, file modes,
 * and variables that would make libraries write keys or use proxies.
 */
#include <curl/curl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/serve.h"
#include "base/log.h"
#include "cli/command_line.h"
#include "relay/gateway.h"
#include "settings/secrets.h"
#include "web/told.h"
#include "web/worker.h"

#include "base/banned.h"

extern char **environ;

/* Variables by which libcurl and OpenSSL can be told to leak or to go elsewhere. */
static const char *const dropped_variables[] = { "SSLKEYLOGFILE", "NETRC", "CURL_HOME",
	"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
	"no_proxy", "NO_PROXY", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES" };

static void harden(void)
{
	static const struct rlimit no_core = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &no_core); /* may be refused; the next line does the same */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* the leak checker of test builds needs ptrace */
#endif
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)umask(077);
	for (size_t i = 0; i < sizeof dropped_variables / sizeof dropped_variables[0]; i++)
		(void)unsetenv(dropped_variables[i]);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file at its limit is a write that fails */
}

/* `sideways --config FILE` or `--config=FILE` under spawn-fcgi. */
static const char *option_config(int argc, char **argv)
{
	static const char name[] = "--config";
	const size_t len = sizeof name - 1;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], name, len) != 0)
			continue;
		if (argv[i][len] == '=')
			return argv[i] + len + 1;
		if (!argv[i][len] && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

/* Without them the settings say which variable is missing, so going on tells more than stopping. */
static const char *with_secrets(const char *settings_path)
{
	struct error err = { 0 };

	if (secrets_load(settings_path, &err) < 0)
		log_event(LOG_ERROR, "secrets", "%s", err.text);
	return settings_path;
}

/* Where the web server's configuration says so.  What spawn-fcgi starts has lost its parent by now,
 * and what lighttpd starts would outlive a lighttpd that was killed. */
static pid_t parent_to_end_with(void)
{
	const char *wish = getenv("SIDEWAYS_END_WITH_PARENT");

	return wish && strcmp(wish, "1") == 0 ? getppid() : 0;
}

int main(int argc, char **argv)
{
	bool fastcgi = worker_is_fastcgi();
	pid_t parent = parent_to_end_with();

	if (fastcgi)
		told_hold();
	harden();
	/* Fewer heaps than threads save memory; too few make threads wait for each other. */
	(void)mallopt(M_ARENA_MAX, 8);
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	if (fastcgi)
		return serve_fastcgi(
		    with_secrets(gateway_settings_path(option_config(argc, argv))), 0, parent, 1);
	if (worker_is_cgi(environ))
		return serve_cgi(with_secrets(gateway_settings_path(NULL)), environ);
	return command_line_run(argc, argv);
}
