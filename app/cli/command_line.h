#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

/*
 * The program as a command: `sideways COMMAND [options] [words]`.
 *
 * Never called under CGI or FastCGI, where argv may hold words of a query string.
 * Returns the exit status: 0 done, 1 failed or problems found, 2 wrong usage.
 */
int command_line_run(int argc, char **argv);

#endif
