#ifndef ACCOUNTS_NAME_CHECK_H
#define ACCOUNTS_NAME_CHECK_H

/*
 * Names that people and programs give: aliases, ids of teams and of budgets, models of a key.  They
 * are shown in terminals, logs, mails and pages, so they hold nothing that ends a line, moves a
 * cursor or turns the text around: no control characters (C0, DEL, C1), no line and paragraph
 * separators, no marks that change the direction.
 */
#include "base/error.h"

/* 0, or -1 and ERROR_BAD_REQUEST that begins with the field.  NULL and "" are fine. */
int name_check(const char *field, const char *name, struct error *err);

#endif
