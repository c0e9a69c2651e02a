/*
 * From status, headers and body to a class.  See the header.  Order matters: money before context
 * before policy before the rest, and only then the status; the first row that fits wins.
 */
#include "providers/failure.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_read.h"
#include "providers/failure_delay.h"
#include "providers/failure_text.h"

#include "base/banned.h"

/* ---- what the rules look at ---- */

struct facts {
	const char *provider;
	int status;
	const struct fetch_head *head; /* may be NULL */
	const json_t *root;            /* the body; NULL when it is not JSON */
	const json_t *error;           /* the error object in it, or the root */
	char message[1024];            /* in lower case */
	char code[64], type[64];       /* in lower case */
	char status_name[64];          /* Gemini's "RESOURCE_EXHAUSTED" */
	bool amazon;                   /* the type is a name of Amazon's */
};

static void lower(char *out, size_t size, const char *text)
{
	size_t i = 0;

	for (; text && text[i] && i + 1 < size; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	out[i] = '\0';
}

static bool has_header(const struct facts *facts, const char *name)
{
	return facts->head && fetch_head_get(facts->head, name) != NULL;
}

/* ---- rules on words: a row each ---- */

enum where { IN_CODE, IN_TYPE, IN_CODE_OR_TYPE, IN_MESSAGE };

struct word_rule {
	enum failure_class class;
	enum where where;
	const char *words; /* whole codes or types; parts of the message, with | between them */
};

/* clang-format off */
static const struct word_rule quota_rules[] = {
	{ FAILURE_QUOTA, IN_CODE,
	  "credit_balance_exhausted organization_spend_limit_exceeded "
	  "project_spend_limit_exceeded organization_usage_limit_exceeded "
	  "billing_hard_limit_reached billing_not_active" },
	{ FAILURE_QUOTA, IN_CODE_OR_TYPE, "insufficient_quota" },
	{ FAILURE_QUOTA, IN_TYPE, "billing_error servicequotaexceededexception" },
};
/* Names of Amazon's, as botocore 1.44.8 has them for bedrock-runtime and for what signs (2026-11-29).  They
 * say it all, but for a throttle by the day and a ValidationException. */
static const struct word_rule amazon_rules[] = {
	{ FAILURE_RATE, IN_TYPE,
	  "throttlingexception throttledexception throttling "
	  "requestthrottledexception toomanyrequestsexception requestlimitexceeded "
	  "slowdown limitexceededexception" },
	{ FAILURE_OVERLOAD, IN_TYPE,
	  "modelnotreadyexception serviceunavailableexception serviceunavailable" },
	{ FAILURE_TIMEOUT, IN_TYPE, "modeltimeoutexception" },
	{ FAILURE_RETRY, IN_TYPE,
	  "modelerrorexception modelstreamerrorexception internalserverexception "
	  "internalfailure requesttimeout requesttimeoutexception" },
	{ FAILURE_AUTH, IN_TYPE,
	  "accessdeniedexception unrecognizedclientexception "
	  "invalidsignatureexception incompletesignature "
	  "incompletesignatureexception signaturedoesnotmatch "
	  "missingauthenticationtoken missingauthenticationtokenexception "
	  "invalidclienttokenid notauthorized optinrequired expiredtoken "
	  "expiredtokenexception requestexpired" },
	{ FAILURE_NOT_FOUND, IN_TYPE, "resourcenotfoundexception unknownoperationexception" },
	{ FAILURE_NOT_FOUND, IN_MESSAGE, "on-demand throughput isn|model identifier is invalid" },
};
static const struct word_rule quota_words[] = {
	{ FAILURE_QUOTA, IN_MESSAGE,
	  "credit balance is too low|reached your specified api usage limits|"
	  "reached your specified workspace api usage limits|insufficient balance|"
	  "insufficient credits|prepayment credits are depleted|spend limit|"
	  "exceeded your monthly|usage cap" },
};
static const struct word_rule general_rules[] = {
	{ FAILURE_CONTEXT, IN_CODE, "context_length_exceeded string_above_max_length" },
	{ FAILURE_CONTEXT, IN_MESSAGE,
	  "maximum context length|context window|prompt is too long|"
	  "input is too long|exceed context limit|"
	  "exceeds the maximum number of tokens allowed|input token count|"
	  "too many tokens|longer than the model's context length|"
	  "reduce the length of the messages|max_model_len" },
	{ FAILURE_POLICY, IN_CODE,
	  "content_filter content_policy_violation content_policy moderation_blocked "
	  "invalid_prompt bio_policy" },
	{ FAILURE_POLICY, IN_MESSAGE, "safety system|content management policy|flagged" },
	{ FAILURE_NOT_FOUND, IN_CODE,
	  "model_not_found deploymentnotfound model_decommissioned "
	  "model_terms_required" },
	{ FAILURE_NOT_FOUND, IN_TYPE, "not_found_error" },
	{ FAILURE_NOT_FOUND, IN_MESSAGE, "model not found" },
	{ FAILURE_AUTH, IN_CODE,
	  "invalid_api_key account_deactivated ip_not_authorized "
	  "unsupported_country_region_territory" },
	{ FAILURE_RETRY, IN_CODE, "tool_use_failed" },
	{ FAILURE_OVERLOAD, IN_CODE, "server_is_overloaded overloaded capacity_exceeded" },
	{ FAILURE_OVERLOAD, IN_TYPE, "overloaded_error service_unavailable_error" },
	{ FAILURE_OVERLOAD, IN_MESSAGE, "overloaded|over capacity|at capacity|high demand" },
	{ FAILURE_RATE, IN_CODE, "slow_down rate_limit_exceeded too_many_requests" },
	{ FAILURE_RATE, IN_TYPE, "tokens requests rate_limit_error" },
};

static const struct {
	int from, to;
	enum failure_class class;
} status_rules[] = {
	{ 300, 399, FAILURE_BROKEN },
	{ 401, 401, FAILURE_AUTH }, { 402, 402, FAILURE_QUOTA }, { 403, 403, FAILURE_AUTH }, { 404, 405, FAILURE_NOT_FOUND },
	{ 410, 410, FAILURE_NOT_FOUND },
	{ 408, 409, FAILURE_RETRY }, { 425, 425, FAILURE_RETRY }, { 429, 429, FAILURE_RATE }, { 498, 498, FAILURE_OVERLOAD },
	{ 499, 499, FAILURE_CANCELLED }, { 400, 499, FAILURE_CLIENT },
	{ 503, 503, FAILURE_OVERLOAD }, { 529, 529, FAILURE_OVERLOAD }, { 500, 599, FAILURE_RETRY },
};
/* clang-format on */

static bool holds_one_of(const char *text, const char *words)
{
	for (size_t len; *words; words += len + (words[len] == '|')) {
		len = strcspn(words, "|");
		if (memmem(text, strlen(text), words, len))
			return true;
	}
	return false;
}

static bool word_fits(const struct facts *facts, const struct word_rule *rule)
{
	if (rule->where == IN_MESSAGE)
		return holds_one_of(facts->message, rule->words);
	return (rule->where != IN_TYPE && text_is_one_of(facts->code, rule->words)) ||
	       (rule->where != IN_CODE && text_is_one_of(facts->type, rule->words));
}

static enum failure_class by_words(
    const struct facts *facts, const struct word_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (word_fits(facts, &rules[i]))
			return rules[i].class;
	return FAILURE_NONE;
}

#define BY_WORDS(facts, rules) by_words(facts, rules, sizeof(rules) / sizeof((rules)[0]))

/* ---- rules that look at more than a word ---- */

/* A member anywhere in details[] (Gemini) or in error.details (Anthropic). */
static bool details_have(const struct facts *facts, const char *key, const char *part)
{
	const json_t *details = json_read_at(facts->error, "details");
	const json_t *item;
	size_t index;

	json_array_foreach((json_t *)details, index, item)
	{
		const json_t *violation;
		size_t v;
		const char *text = json_read_text(item, key);

		if (text && strcasestr(text, part))
			return true;
		json_array_foreach(json_object_get(item, "violations"), v, violation)
		{
			text = json_read_text(violation, key);
			if (text && strcasestr(text, part))
				return true;
		}
	}
	return false;
}

static enum failure_class by_error_code(const struct facts *facts)
{
	const char *code = json_read_text(facts->error, "details.error_code");

	if (!code)
		return FAILURE_NONE;
	if (text_is_one_of(code, "enforced_spend_limit_reached contract_spend_limit_reached") ||
	    strncmp(code, "linked_organization_", 20) == 0)
		return FAILURE_QUOTA;
	if (strcmp(code, "ramp_limit_exceeded") == 0)
		return FAILURE_RATE;
	return strcmp(code, "organization_on_hold") == 0 ? FAILURE_AUTH : FAILURE_NONE;
}

/* OpenRouter's 402 is a passing one while calls in flight reserve the balance. */
static bool is_in_flight(const struct facts *facts)
{
	const char *source = json_read_text(facts->error, "metadata.limit_source");

	return facts->status == 402 &&
	       (has_header(facts, "retry-after") ||
		   (source && strcmp(source, "openrouter_in_flight_budget") == 0));
}

static bool is_gemini_day(const struct facts *facts)
{
	return (facts->status == 429 || facts->status == 402) &&
	       details_have(facts, "quotaId", "PerDay");
}

/* Bedrock's daily throttle has the name of the others; Vertex has one status for the project's
 * quota and for capacity that all share, and only the first names a metric. */
static bool is_cloud_quota(const struct facts *facts)
{
	if (strncmp(facts->type, "throttl", 7) == 0 || facts->amazon)
		return strstr(facts->message, "per day") &&
		       (facts->status == 429 || strncmp(facts->type, "throttl", 7) == 0);
	return facts->status == 429 && strstr(facts->message, "quota exceeded for aiplatform");
}

static enum failure_class by_quota(const struct facts *facts)
{
	enum failure_class class = BY_WORDS(facts, quota_rules);

	if (class == FAILURE_NONE)
		class = by_error_code(facts);
	if (class == FAILURE_NONE && is_in_flight(facts))
		class = FAILURE_RATE;
	if (class == FAILURE_NONE)
		class = BY_WORDS(facts, quota_words);
	if (class == FAILURE_NONE &&
	    (is_gemini_day(facts) || is_cloud_quota(facts) || facts->status == 402))
		class = FAILURE_QUOTA;
	return class;
}

/* More than the account's minute allows: waiting cannot help. */
static bool asks_more_than_a_minute(const struct facts *facts)
{
	return strstr(facts->message, "request too large for") &&
	       strstr(facts->message, "tokens per min");
}

static bool is_context_count(const struct facts *facts)
{
	return strstr(facts->message, "current length is") &&
	       strstr(facts->message, "while limit is");
}

static bool is_policy_object(const struct facts *facts)
{
	const char *inner = json_read_text(facts->error, "innererror.code");

	return (inner && strcmp(inner, "ResponsibleAIPolicyViolation") == 0) ||
	       (facts->status == 403 && json_read_at(facts->error, "metadata.reasons"));
}

static bool is_gemini_auth(const struct facts *facts)
{
	static const char *const reasons[] = { "API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED",
		"CONSUMER_SUSPENDED", "SERVICE_DISABLED" };

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (details_have(facts, "reason", reasons[i]))
			return true;
	return strcmp(facts->status_name, "failed_precondition") == 0 &&
	       (strstr(facts->message, "location") ||
		   strstr(facts->message, "not allowed to use publisher model"));
}

static enum failure_class by_status(const struct facts *facts);

/* What the model's own server said counts, where Bedrock tells it. */
static enum failure_class by_amazon_name(const struct facts *facts)
{
	struct facts inner = *facts;

	inner.status = (int)json_read_int(facts->root, "originalStatusCode", 0);
	if (strcmp(facts->type, "modelerrorexception") == 0 && inner.status >= 400 &&
	    inner.status < 600)
		return by_status(&inner);
	return BY_WORDS(facts, amazon_rules);
}

/* The rest of the table, after money. */
static enum failure_class by_kind(const struct facts *facts)
{
	enum failure_class class;

	if (asks_more_than_a_minute(facts))
		return FAILURE_CONTEXT;
	class = facts->amazon ? by_amazon_name(facts) : FAILURE_NONE;
	if (class != FAILURE_NONE)
		return class;
	if (is_context_count(facts) && facts->status != 429)
		return FAILURE_CONTEXT;
	if (is_policy_object(facts))
		return FAILURE_POLICY;
	if (is_gemini_auth(facts))
		return FAILURE_AUTH;
	if (strcmp(facts->status_name, "not_found") == 0)
		return FAILURE_NOT_FOUND;
	class = BY_WORDS(facts, general_rules);
	/* Whatever a 429's words are: clients would cut their history. */
	return class == FAILURE_CONTEXT && facts->status == 429 ? FAILURE_NONE : class;
}

static enum failure_class by_status(const struct facts *facts)
{
	if (facts->status == 413 && strstr(facts->message, "token"))
		return FAILURE_CONTEXT;
	for (size_t i = 0; i < sizeof status_rules / sizeof status_rules[0]; i++)
		if (facts->status >= status_rules[i].from && facts->status <= status_rules[i].to)
			return status_rules[i].class;
	return FAILURE_BROKEN;
}

/* ---- reading the body ---- */

static const json_t *error_in(const json_t *root)
{
	const json_t *error;

	if (json_is_array(root) && json_array_size(root) > 0)
		root = json_array_get(root, 0);
	error = json_object_get(root, "error");
	return json_is_object(error) ? error : root;
}

/* OpenRouter tells a failure in the choice that was to be made, or in a chunk's. */
static const json_t *failed_choice(const json_t *root)
{
	const json_t *choice = json_array_get(json_object_get(root, "choices"), 0);

	if (json_object_get(root, "error") || json_is_array(root))
		return NULL;
	return choice ? choice : json_object_get(root, "finish_reason") ? root : NULL;
}

/* Gateways nest the provider's own error as text; most bodies have one of these. */
static const char *message_in(const struct facts *facts)
{
	static const char *const places[] = { "message", "Message", "error", "detail",
		"error.message", "detail.message", "detail.error", "detail.msg" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const char *text = json_read_text(facts->error, places[i]);

		if (text)
			return text;
	}
	return NULL;
}

static void read_name(const json_t *error, const char *name, char *out, size_t size)
{
	const json_t *value = json_object_get(error, name);

	if (json_is_integer(value))
		snprintf(out, size, "%lld", (long long)json_integer_value(value));
	else
		snprintf(out, size, "%s", json_is_string(value) ? json_string_value(value) : "");
}

/* "ThrottlingException:http://internal.amazon.com/coral/..." in a header, or
 * "com.amazon.coral#ThrottlingException" in the body. */
static void read_amazon_name(struct facts *facts, struct failure *out)
{
	const char *name = facts->head ? fetch_head_get(facts->head, "x-amzn-errortype") : NULL;
	const char *hash;

	if (!name)
		name = json_read_text(facts->root, "__type");
	if (!name)
		name = json_read_text(facts->root, "Output.__type");
	if (!name && strcmp(facts->provider, "bedrock") == 0 && strstr(out->type, "xception"))
		name = out->type; /* of a stream (aws_events.h) */
	if (!name)
		return;
	hash = strrchr(name, '#');
	name = hash ? hash + 1 : name;
	facts->amazon = true;
	memmove(out->type, name, strnlen(name, sizeof out->type - 1) + 1);
	out->type[sizeof out->type - 1] = '\0';
	out->type[strcspn(out->type, ":")] = '\0';
	lower(facts->type, sizeof facts->type, out->type);
}

static void read_facts(struct facts *facts, struct failure *out)
{
	char finding[sizeof facts->message];
	const char *message =
	    failure_findings(facts->error, finding, sizeof finding) ? finding : message_in(facts);

	read_name(facts->error, "code", out->code, sizeof out->code);
	read_name(facts->error, "type", out->type, sizeof out->type);
	read_name(facts->error, "param", out->param, sizeof out->param);
	lower(facts->code, sizeof facts->code, out->code);
	lower(facts->type, sizeof facts->type, out->type);
	read_amazon_name(facts, out);
	lower(
	    facts->status_name, sizeof facts->status_name, json_read_text(facts->error, "status"));
	lower(facts->message, sizeof facts->message, message);
	if (message)
		failure_scrub(out->message, sizeof out->message, message);
}

/* An error told with status 200 carries its own number, or is a gateway's fault. */
static int real_status(int status, const struct facts *facts)
{
	int64_t code;

	if (status >= 300)
		return status;
	code = json_read_int(facts->error, "code", 0);
	if (code == 0 && facts->code[0] && strspn(facts->code, "0123456789") == strlen(facts->code))
		code = strtoll(facts->code, NULL, 10);
	return code >= 400 && code <= 599 ? (int)code : 502;
}

static void classify_unread(const struct facts *facts, int64_t now_ms, struct failure *out)
{
	out->class =
	    facts->status >= 400 && facts->status < 500 ? by_status(facts) : FAILURE_BROKEN;
	out->delay_ms = failure_delay_ms(facts->head, NULL, "", now_ms);
}

static void classify(struct facts *facts, int64_t now_ms, struct failure *out)
{
	facts->status = real_status(facts->status, facts);
	out->class = by_quota(facts);
	if (out->class == FAILURE_NONE)
		out->class = by_kind(facts);
	if (out->class == FAILURE_NONE)
		out->class = by_status(facts);
	if (out->class == FAILURE_RATE || out->class == FAILURE_OVERLOAD ||
	    out->class == FAILURE_RETRY)
		out->delay_ms = failure_delay_ms(facts->head, facts->error, facts->message, now_ms);
}

/* A 200 that is neither an answer nor an error, or an answer that the model spoilt: then Gemini
 * says how.  Either may have been billed. */
static void classify_untold(const json_t *root, struct failure *out)
{
	const json_t *candidate = json_array_get(json_object_get(root, "candidates"), 0),
		     *choice = failed_choice(root);
	const char *reason = choice ? json_read_text(choice, "finish_reason")
				    : json_read_text(candidate, "finishReason");
	char message[128];

	out->class = reason ? FAILURE_RETRY : FAILURE_BROKEN;
	if (!reason)
		return;
	snprintf(message, sizeof message, "the answer ended with %.64s", reason);
	failure_scrub(out->message, sizeof out->message, message);
}

void failure_of_reply(const char *provider, int status, const struct fetch_head *head,
    struct slice body, int64_t now_ms, struct failure *out)
{
	struct facts facts = { .provider = provider, .status = status, .head = head };
	AUTO_JSON json_t *root = json_read(body, NULL);
	const json_t *choice;
	bool told;

	*out = (struct failure){ .status = status, .delay_ms = -1 };
	if (!json_is_object(root) && !json_is_array(root)) {
		read_amazon_name(&facts, out); /* stands in a header */
		if (facts.amazon)
			classify(&facts, now_ms, out);
		else
			classify_unread(&facts, now_ms, out);
		return;
	}
	choice = status < 300 ? failed_choice(root) : NULL;
	facts.root = root;
	facts.error = error_in(choice ? choice : root);
	read_facts(&facts, out);
	told = status >= 300 || out->code[0] || out->type[0] || facts.message[0];
	/* A choice that failed may have been made in part, and billed. */
	out->told = told && !choice;
	if (told)
		classify(&facts, now_ms, out);
	else
		classify_untold(root, out);
}

void failure_of_fetch(const struct fetch_result *result, struct failure *out)
{
	static const enum failure_class classes[] = {
		[FETCH_DONE] = FAILURE_BROKEN,
		[FETCH_STOPPED] = FAILURE_BROKEN,
		[FETCH_NOT_SENT] = FAILURE_UNREACHABLE,
		[FETCH_LOCAL] = FAILURE_LOCAL,
		[FETCH_NO_ANSWER] = FAILURE_RETRY,
		[FETCH_BROKEN] = FAILURE_BROKEN,
		[FETCH_TIMEOUT_CONNECT] = FAILURE_UNREACHABLE,
		[FETCH_TIMEOUT_FIRST_BYTE] = FAILURE_TIMEOUT,
		[FETCH_TIMEOUT_IDLE] = FAILURE_TIMEOUT,
		[FETCH_TIMEOUT_TOTAL] = FAILURE_TIMEOUT,
		[FETCH_CLIENT_GONE] = FAILURE_CANCELLED,
	};

	*out = (struct failure){
		.class = classes[result->end], .status = result->status, .delay_ms = -1
	};
	snprintf(out->message, sizeof out->message, "%s", result->detail);
}
