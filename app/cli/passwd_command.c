/*
 * `sideways passwd NAME`: makes an admin of the panel or gives one a new password.  On a terminal
 * the password is asked for twice and not shown; otherwise it is the first line of standard input,
 * so that it never stands in an argument, which every user of the machine can read.
 */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "accounts/admins.h"
#include "cli/commands.h"
#include "cli/workplace.h"

#include "base/banned.h"

#define LINE_BYTES 1100 /* more than a password may have, so that a longer one is seen as such */

/* One line of standard input without its end. */
static int read_line(char line[LINE_BYTES], struct error *err)
{
	if (!fgets(line, LINE_BYTES, stdin))
		return error_set(err, ERROR_USAGE, "no password came on standard input");
	line[strcspn(line, "\r\n")] = '\0';
	return 0;
}

static int ask_hidden(const char *question, char line[LINE_BYTES], struct error *err)
{
	struct termios before, hidden;
	int result;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return error_set(err, ERROR_INTERNAL, "the terminal cannot hide what is typed");
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	fputs(question, stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden); /* at worst it is seen by who types it */
	result = read_line(line, err);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return result;
}

static int ask_password(const char *name, char password[LINE_BYTES], struct error *err)
{
	char again[LINE_BYTES];
	int result;

	if (!isatty(STDIN_FILENO))
		return read_line(password, err);
	if (ask_hidden("New password: ", password, err) < 0 ||
	    admins_check_password(name, password, err) < 0 || ask_hidden("Again: ", again, err) < 0)
		return -1;
	result = strcmp(password, again) == 0
		     ? 0
		     : error_set(err, ERROR_USAGE, "the two passwords differ");
	explicit_bzero(again, sizeof again);
	return result;
}

struct known {
	const char *name;
	bool found;
};

static int note_known(void *ctx, const struct admin *admin)
{
	struct known *known = ctx;

	known->found = strcmp(admin->name, known->name) == 0;
	return known->found;
}

static int set_password(struct workplace *place, const struct options *options, struct error *err)
{
	struct known known = { .name = options->arguments[0] };
	enum admin_role role = ADMIN_NOBODY;
	char password[LINE_BYTES];
	int result;

	if (options->role)
		(void)admin_role_parse(options->role, &role, err); /* it was checked */
	if (admins_each(place->store, note_known, &known, err) < 0)
		return -1;
	if (!known.found && role == ADMIN_NOBODY)
		role = ADMIN_FULL;
	result = ask_password(known.name, password, err);
	if (result == 0)
		result =
		    admins_set(place->store, known.name, password, role, NULL, &place->by, err);
	explicit_bzero(password, sizeof password);
	if (result == 0)
		fprintf(stderr, "%s %s.\n", known.name,
		    known.found ? "has a new password; all its sessions have ended"
				: "may sign in to the panel");
	return result;
}

static int print_code(struct workplace *place, struct error *err)
{
	struct digest_secret code;
	int64_t count = admins_count(place->store, err);

	if (count < 0)
		return -1;
	if (count > 0)
		return error_set(err, ERROR_FORBIDDEN,
		    "there is an admin already; sideways passwd NAME gives another one a password");
	if (admins_setup_code_new(place->store, &code, err) < 0)
		return -1;
	puts(code.text);
	return 0;
}

static int print_admin(void *ctx, const struct admin *admin)
{
	printf("%-20s %s\n", admin->name, admin_role_name(admin->role));
	return 0;
}

static int passwd_command_run(
    struct workplace *place, const struct options *options, struct error *err)
{
	const char *name = options->argument_count ? options->arguments[0] : NULL;

	if (options->code)
		return print_code(place, err);
	if (!name)
		return admins_each(place->store, print_admin, NULL, err);
	if (options->remove)
		return admins_remove(place->store, name, &place->by, err);
	return set_password(place, options, err);
}

/* Words that do not go together are refused, before anything is opened. */
static int check_words(const struct options *options, struct error *err)
{
	bool named = options->argument_count > 0;
	enum admin_role role;

	if (options->code && (named || options->remove || options->role))
		return error_set(err, ERROR_USAGE,
		    "passwd --code takes no NAME and no other option: whoever has the code chooses "
		    "the name");
	if (options->remove && (!named || options->role))
		return error_set(err, ERROR_USAGE, "passwd --remove needs a NAME, and no --role");
	if (options->role && !named)
		return error_set(err, ERROR_USAGE, "passwd --role needs a NAME");
	if (options->role && admin_role_parse(options->role, &role, err) < 0) {
		err->kind = ERROR_USAGE;
		return error_prefix(err, "--role");
	}
	return 0;
}

static int passwd_run(const struct options *options)
{
	AUTO_WORKPLACE struct workplace place = { 0 };
	struct error err = { 0 };
	/* Only what makes an admin may make a database for it. */
	bool makes = options->code || (options->argument_count > 0 && !options->remove);

	if (check_words(options, &err) < 0 ||
	    workplace_open(
		&place, options, makes ? DATABASE_MAY_BE_MADE : DATABASE_MUST_EXIST, &err) < 0 ||
	    passwd_command_run(&place, options, &err) < 0)
		return command_failed(&err);
	return EXIT_DONE;
}

const struct command passwd_command = { "passwd", "[NAME]", 0, 1, "role code remove",
	"make an admin of the panel or give one a new password; without a name, list them",
	passwd_run };
