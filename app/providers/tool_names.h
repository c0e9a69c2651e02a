#ifndef PROVIDERS_TOOL_NAMES_H
#define PROVIDERS_TOOL_NAMES_H

/*
 * Names of tools in the form that a model's vendor takes (models/name_rule.h), and the client's own
 * again in the answer.  Two tools whose names would become one get a hash each.
 */
#include "chat/conversation.h"
#include "models/name_rule.h"
#include "providers/provider.h"

/* The rule for calls that are written in this format. */
struct name_rule tool_names_rule(const struct model_traits *traits, enum wire_format_id format);

/* Changes the names in a copied conversation: of tools, calls, results and choices. */
void tool_names_fit(
    struct chat_conversation *conversation, const struct name_rule *rule, struct arena *arena);

/* Are the tools of a body in OpenAI's format as its vendor takes them, with names by the rule and
 * objects for their arguments?  Where neither is known, they are. */
bool tool_names_pass(struct slice tools, const struct name_rule *rule, bool objects);

/* The name of the client's tool that became this one, else the name itself. */
struct slice tool_names_own(const struct chat_conversation *said, const struct name_rule *rule,
    struct slice name, struct arena *arena);

#endif
