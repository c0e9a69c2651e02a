#ifndef SETTINGS_ADDRESS_H
#define SETTINGS_ADDRESS_H

/*
 * Where keys are sent: checks of api_base, and the warning about keys written in the file.
 */
#include <stdbool.h>

#include "settings/reading.h"

/* http:// or https:// with a host, without user, query or fragment.  Plain HTTP to a host that is
 * neither this machine nor on a private network: a warning. */
bool address_check(
    struct reading *reading, const char *label, const struct yaml_node *node, const char *url);

/* This machine, a private network, or a name that only local resolvers know. */
bool address_is_private(const char *url);

/* A secret that is no reference to the environment; placeholders such as "none" are fine. */
void address_warn_written_secret(
    struct reading *reading, const char *label, const struct yaml_node *node);

/* The same for a header or a variable whose name says that it holds one (Authorization, Cookie,
 * OPENAI_API_KEY). */
void address_warn_written_named(
    struct reading *reading, const char *label, const char *name, const struct yaml_node *node);

/* The same for a URL that holds a password: smtps://user:password@host. */
void address_warn_written_password(
    struct reading *reading, const char *label, const struct yaml_node *node);

/* Does it begin as the address of a bank does (sideways_settings.bank)?  No err names it: there may
 * be a password in it. */
int address_check_bank(const char *url, struct error *err);

#endif
