/*
 * Starts the program of the bundle: `sideways` in its folder, and sideways.cgi below the document
 * root, are both this.  It is linked statically and has no library of the project's, so it runs on
 * any host; the program is then loaded by the loader and the libraries that lie beside it, and the
 * host's own libc may be of any age.  No shell stands between the web server and the program.
 *
 * sideways.cgi looks for a folder "sideways" beside one of the folders that it lies in, as
 * ~/sideways for ~/public_html/gw/sideways.cgi.  The folder must belong to whom its own folder
 * belongs to: on a shared machine others can be named so too.
 *
 * What keeps the program from being loaded is said: in a page where a web server asks (503), else
 * on stderr.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGUMENTS_MOST 256

static void __attribute__((format(printf, 1, 2), noreturn)) say(const char *fmt, ...)
{
	bool web = getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD");
	FILE *to = web ? stdout : stderr;
	va_list args;

	fputs(web ? "Status: 503\r\nContent-Type: text/plain\r\n\r\n" : "sideways: ", to);
	va_start(args, fmt);
	vfprintf(to, fmt, args);
	va_end(args);
	fputc('\n', to);
	fflush(to);
	_exit(web ? 0 : 1);
}

static void join(char out[PATH_MAX], const char *folder, const char *name)
{
	if (snprintf(out, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
		say("The path %.200s... is too long.", folder);
}

static bool is_there(const char *folder, const char *name)
{
	char path[PATH_MAX];

	join(path, folder, name);
	return access(path, F_OK) == 0;
}

/* The folder that this file lies in, as the kernel was told it: /proc may be hidden. */
static void own_folder(char out[PATH_MAX])
{
	const char *started = (const char *)getauxval(AT_EXECFN);

	if (!started || !realpath(started, out))
		say("The program's own place is not known.");
	char *slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
}

/* From "/home/me/public_html/gw" to "/home/me/sideways". */
static bool find_beside(const char *from, char out[PATH_MAX])
{
	struct stat here, there;
	char up[PATH_MAX];

	join(up, from, "");
	if (stat(from, &here) != 0)
		return false;
	for (char *slash = strrchr(up, '/'); slash; slash = strrchr(up, '/')) {
		*slash = '\0';
		join(out, up, "sideways");
		if (stat(out, &there) != 0 || !S_ISDIR(there.st_mode) ||
		    there.st_uid != here.st_uid)
			continue;
		if (access(out, X_OK) != 0)
			say("The folder \"sideways\" of the bundle may not be entered by the user "
			    "that programs run as here.");
		if (is_there(out, "bin/sideways"))
			return true;
	}
	return false;
}

/* Each library is named in lib/LIST; one that FTP has lost would be told by the loader in a log
 * that nobody reads. */
static void check_libraries(const char *home)
{
	char path[PATH_MAX], line[256], name[300];
	FILE *list;

	join(path, home, "lib/LIST");
	list = fopen(path, "re");
	if (!list)
		say("The program cannot be loaded: sideways/lib/LIST: %s. Unpack the bundle "
		    "again.",
		    strerror(errno));
	while (fgets(line, sizeof line, list)) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(name, sizeof name, "lib/%s", line);
		join(path, home, name);
		if (access(path, R_OK) != 0)
			say("The program cannot be loaded: sideways/%s: %s. Unpack the bundle "
			    "again.",
			    name, strerror(errno));
	}
	fclose(list);
	join(path, home, "bin/sideways");
	if (access(path, R_OK) != 0)
		say("The program cannot be loaded: sideways/bin/sideways: %s.", strerror(errno));
}

static void set_default(const char *variable, const char *home, const char *name)
{
	char path[PATH_MAX];

	join(path, home, name);
	if (setenv(variable, path, 0) != 0)
		say("No memory is left.");
}

int main(int argc, char **argv)
{
	char here[PATH_MAX], home[PATH_MAX], loader[PATH_MAX], library[PATH_MAX], program[PATH_MAX];
	char *words[ARGUMENTS_MOST + 8];
	int count = 0;

	own_folder(here);
	if (is_there(here, "bin/sideways"))
		join(home, here, ".");
	else if (!find_beside(here, home))
		say("The folder \"sideways\" of the bundle was not found: unpack the bundle beside "
		    "the document root, in your home folder.");
	if (strcmp(home + strlen(home) - 2, "/.") == 0)
		home[strlen(home) - 2] = '\0';
	join(loader, home, "lib/ld.so");
	join(library, home, "lib");
	join(program, home, "bin/sideways");
	check_libraries(home);
	if (access(loader, X_OK) != 0)
		(void)chmod(loader, 0755); /* FTP clients and file managers lose modes */
	set_default("SIDEWAYS_CONFIG", home, "sideways.yaml");
	set_default("SIDEWAYS_DB", home, "state/sideways.db");
	if (argc > ARGUMENTS_MOST)
		say("There are more than %d words.", ARGUMENTS_MOST);

	char *const loading[] = { loader, "--inhibit-cache", "--library-path", library, "--argv0",
		"sideways", program };
	for (size_t i = 0; i < sizeof loading / sizeof loading[0]; i++)
		words[count++] = loading[i];
	for (int i = 1; i < argc; i++)
		words[count++] = argv[i];
	words[count] = NULL;
	execv(loader, words);
	say("The program may not be run (%s): give sideways/lib/ld.so the mode 755.",
	    strerror(errno));
}
