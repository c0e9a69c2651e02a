#ifndef RELAY_MEMBER_CHECK_H
#define RELAY_MEMBER_CHECK_H

/*
 * What is wrong with an entry of model_list: in a word for whoever asks for it, and with its place
 * in the file for whoever mends it.
 */
#include "relay/catalog.h"

bool entry_is_pattern(const char *name); /* it holds a star */

/* `model: "*"`: the provider, too, is that of the name that is asked for. */
bool entry_names_any_provider(const struct deployment *deployment);

/* In the words of whoever mends it; NULL: nothing.  A member of a wildcard has its price by the
 * name asked for. */
const char *member_fault(const struct member *member);

/* Tells all that is wrong with a member that has been made, and weighs its default parameters. */
void member_check(struct member *member, struct problems *problems);

#endif
