#ifndef CHAT_UNKNOWN_MEMBERS_H
#define CHAT_UNKNOWN_MEMBERS_H

/*
 * Members of a body that neither its format nor a vendor whose documents were read has.  Where they
 * go to a provider of the same format nobody here knows what they do there: most do nothing or get
 * a 400, but one might keep state, add text or ask for more than is bounded.
 *
 * That is judged by the name.  Vendors' names say what a member is about (thread_id, use_threads,
 * file_workspace_id, num_search_results), so one with such a word in it is held back, and any other
 * passes.  A request that is translated loses them all.
 */
#include "chat/chat_request.h"

/* For the readers: a member that the format's table lacks; known ones of vendors are not kept.
 * inside: the member of the body that holds it, or NULL for the body itself. */
void unknown_member_note(struct chat_request *request, const char *inside,
    const struct json_cursor *member, struct arena *arena);

/* After reading, by the setting unknown_members: "drop" (NULL is the same) holds back those whose
 * names say that a bound could depend on them, "pass" none, "refuse" is ERROR_UNSUPPORTED for any.
 */
int unknown_members_sort(
    struct chat_request *request, const char *rule, struct arena *arena, struct error *err);

/* Does the body go on without this member: the gateway's own, or one that is held back? */
bool unknown_member_stays(const struct chat_request *request, const struct json_cursor *member);
bool unknown_member_inside_stays(
    const struct chat_request *request, const char *inside, const struct json_cursor *member);

#endif
