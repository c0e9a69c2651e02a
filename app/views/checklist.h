#ifndef VIEWS_CHECKLIST_H
#define VIEWS_CHECKLIST_H

/*
 * What to look at before settings go into service: mistakes that are no errors of the file, each
 * with its place, what it costs in money or downtime, and how to mend it.  One function a rule, in
 * one table; tests/check has a folder of files for each.
 *
 * A warning costs money or downtime as it stands; a notice may be what is wanted.  Upward
 * fallbacks (relay/fallback_check.h) are added too; names that do not meet, models without a price,
 * secrets in the file and LiteLLM's settings without effect are found where the file is read and
 * the catalog made.
 */
#include "relay/catalog.h"

void checklist_add(const struct catalog *catalog, int64_t now_ms, struct problems *problems);

#endif
