#ifndef CLI_FINDING_PRINT_H
#define CLI_FINDING_PRINT_H

#include "cli/options.h"
#include "doctor/doctor.h"

/* Prints what the doctor found, in lines or with --json; the exit status that belongs to it. */
int findings_print(const struct doctor *doctor, const struct options *options);

#endif
