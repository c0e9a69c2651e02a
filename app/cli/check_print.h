#ifndef CLI_CHECK_PRINT_H
#define CLI_CHECK_PRINT_H

/*
 * The report of `sideways check` for people: tables and sentences on stdout.
 */
#include "views/check_report.h"

void check_print_text(const struct catalog *catalog, const struct check_report *report);

#endif
