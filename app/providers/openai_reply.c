/*
 * What is read of a whole answer: that it is one, and what it used.
 */
#include <string.h>

#include "base/json_scan.h"
#include "providers/openai_format.h"
#include "providers/usage_floor.h"
#include "providers/usage_member.h"

#include "base/banned.h"

bool openai_reason_is_failure(struct slice reason)
{
	return json_text_is(reason, "error") ||
	       json_text_is(reason, "insufficient_system_resource");
}

bool openai_has_failed(struct slice error, struct slice reason)
{
	return openai_reason_is_failure(reason) ||
	       (json_scan_type(error) == JSON_MAP && json_scan_type(reason) != JSON_TEXT);
}

/* What the choices tell together. */
struct told {
	const struct provider *provider;
	struct arena *arena;
	struct usage usage;  /* what they tell of it */
	struct slice reason; /* why the first ended */
	size_t count, failed;
	bool calls; /* there may be some */
};

static bool is_filled(struct slice value)
{
	enum json_type type = json_scan_type(value);

	return (type == JSON_TEXT || type == JSON_LIST || type == JSON_MAP) && value.len > 2;
}

/* Its usage; false: no word, no call, no thought. */
static bool look_into_message(struct told *told, struct slice message)
{
	enum { CONTENT, CALLS, MESSAGE_USAGE = 7, MEMBER_COUNT };
	static const struct slice names[MEMBER_COUNT] = { SLICE("content"), SLICE("tool_calls"),
		SLICE("function_call"), SLICE("refusal"), SLICE("reasoning"),
		SLICE("reasoning_content"), SLICE("audio"), SLICE("usage") };
	struct slice members[MEMBER_COUNT];
	bool once = json_members_once(message, names, MEMBER_COUNT, members);

	openai_usage_take(told->provider,
	    usage_dearest(message, "usage", members[MESSAGE_USAGE], once, told->arena),
	    &told->usage);
	told->calls = told->calls || !once || members[CALLS].ptr;
	for (size_t i = CONTENT; i < MESSAGE_USAGE; i++)
		if (is_filled(members[i]))
			return true;
	return false;
}

/* A choice fails, too, when it says nothing and has no reason for it but an error. */
static void look_into_choice(struct told *told, struct slice choice)
{
	enum { CHOICE_USAGE, DELTA, MESSAGE, ERROR, REASON, MEMBER_COUNT };
	static const struct slice names[MEMBER_COUNT] = { SLICE("usage"), SLICE("delta"),
		SLICE("message"), SLICE("error"), SLICE("finish_reason") };
	struct slice members[MEMBER_COUNT];
	bool once = json_members_once(choice, names, MEMBER_COUNT, members), says, ended;

	openai_usage_take(told->provider,
	    usage_dearest(choice, "usage", members[CHOICE_USAGE], once, told->arena), &told->usage);
	openai_usage_take(
	    told->provider, usage_member(members[DELTA], "usage", told->arena), &told->usage);
	says = look_into_message(told, members[MESSAGE]) ||
	       json_scan_type(members[MESSAGE]) != JSON_MAP;
	ended = is_filled(members[REASON]) && json_scan_type(members[ERROR]) != JSON_MAP;
	told->calls = told->calls || !once;
	if (told->count++ == 0)
		told->reason = members[REASON];
	if (openai_has_failed(members[ERROR], members[REASON]) || (!says && !ended))
		told->failed++;
}

/* An error beside an empty list of choices; beside an answer it is a remark on what was generated
 * and billed, and the client gets both.  Or there is nothing to be had of any choice. */
static bool is_failure(struct slice error, const struct told *told)
{
	enum json_type type = json_scan_type(error);

	return told->count == 0 ? type == JSON_MAP || type == JSON_TEXT
				: told->failed == told->count;
}

static void read_finish_reason(const struct told *told, struct provider_reply *out)
{
	const char *reason = json_as_text(told->reason, told->arena);

	if (reason)
		memccpy(out->finish_reason, reason, 0, sizeof out->finish_reason - 1);
}

int openai_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	enum { CHOICES, ERROR, USAGE, MODEL, X_GROQ, TIER, MEMBER_COUNT };
	static const struct slice names[] = { SLICE("choices"), SLICE("error"), SLICE("usage"),
		SLICE("model"), SLICE("x_groq"), SLICE("service_tier") };
	struct told told = { .provider = provider, .arena = arena, .usage.reported_cost_nano = -1 };
	struct provider_reply reply = { .body = { NULL, 0 } };
	struct slice members[MEMBER_COUNT];
	bool once;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	once = json_members_once(body, names, MEMBER_COUNT, members);
	members[USAGE] = usage_dearest(body, "usage", members[USAGE], once, arena);
	openai_usage_find(provider, members[X_GROQ], members[USAGE], (struct slice){ NULL, 0 },
	    arena, &told.usage);
	for (struct json_cursor choice = json_cursor(members[CHOICES]); json_next(&choice);)
		look_into_choice(&told, choice.value);
	reply.usage = told.usage;
	reply.usage.served = served_as(members[TIER]);
	*out = reply;
	if (json_scan_type(members[CHOICES]) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no choices");
	if (is_failure(members[ERROR], &told))
		return error_set(err, ERROR_UPSTREAM, "the provider's answer is an error");
	usage_check_whole(openai_decode_reply, body, arena, &reply.usage);
	reply.body = told.calls || !once ? openai_with_ids(body, arena) : body;
	reply.model = json_as_text(members[MODEL], arena);
	read_finish_reason(&told, &reply);
	*out = reply;
	return 0;
}
