/*
 * Limits a minute and at a time.  See the header.
 */
#include "relay/limits.h"

#include "accounts/shares.h"
#include "base/clock.h"

#include "base/banned.h"

#define BYTES_PER_TOKEN 3    /* English has four and more, code and Chinese about three */
#define IMAGE_TOKENS    1200 /* a usual picture; the bound counts the largest there is */
#define FAIR_OUTPUT     4096 /* tokens; as in weigh.c */
#define SLOT_WAIT_MS    1000

/* ---- what an attempt takes ---- */

int64_t limits_prompt_tokens(const struct bound_input *input, int64_t most)
{
	int64_t tokens;

	if (input->unbounded_parts > 0)
		return most;
	tokens = input->text_bytes / BYTES_PER_TOKEN + input->images * IMAGE_TOKENS + 1;
	return tokens < most ? tokens : most;
}

static int64_t reserved_tokens(const struct run *run, const struct candidate *candidate)
{
	const struct bound_input *input = &run->call->request->bound;
	int64_t choices = input->choices > 1 ? input->choices : 1;

	return limits_prompt_tokens(input, candidate->bound.input_tokens) +
	       candidate->bound.output_tokens * choices;
}

static int64_t limit_of(int64_t setting)
{
	return setting == SETTING_UNSET ? LIMIT_NONE : setting;
}

static struct limits deployment_limits(const struct run *run, const struct deployment *deployment)
{
	int64_t parallel = deployment->max_parallel_requests;

	if (parallel == SETTING_UNSET)
		parallel = run->settings->default_max_parallel_requests;
	return (struct limits){ limit_of(deployment->rpm), limit_of(deployment->tpm),
		limit_of(parallel) };
}

static struct limits proxy_limits(const struct run *run)
{
	return (struct limits){ LIMIT_NONE, LIMIT_NONE,
		limit_of(run->settings->max_parallel_requests) };
}

struct rate_hold *limits_hold(struct run *run, const struct candidate *candidate)
{
	const struct virtual_key *key = &run->out->key;
	const struct deployment *deployment = candidate->member->deployment;
	int64_t tokens = reserved_tokens(run, candidate);
	int first = !run->counted;
	const struct rate_scope scopes[RATE_SCOPES_MAX] = {
		{ "key", key->id, key->limits, first, tokens },
		{ "team", key->team_id, key->team_id ? key->team_limits : LIMITS_NONE, first,
		    tokens },
		{ "proxy", "", proxy_limits(run), first, tokens },
		{ "deployment", deployment->id, deployment_limits(run, deployment), 1, tokens },
	};
	struct rate_hold *hold = arena_alloc(run->arena, sizeof *hold);

	for (size_t i = 0; i < RATE_SCOPES_MAX; i++)
		rate_hold_add(hold, &scopes[i]);
	return hold->count ? hold : NULL;
}

/* A quarter of what the prompt leaves of the minute, but not below FAIR_OUTPUT while the rest
 * covers that: so one call does not take the whole minute. */
static int64_t share(int64_t tpm, int64_t prompt, int64_t choices)
{
	int64_t whole = (tpm - prompt) / choices, part = (tpm / 4 - prompt) / choices;

	if (part >= FAIR_OUTPUT)
		return part;
	return whole < FAIR_OUTPUT ? (whole > 1 ? whole : 1) : FAIR_OUTPUT;
}

/* Tokens a minute that apply: of the key, its team and the deployment. */
#define TPM_SCOPES 3
static void read_tpms(
    const struct run *run, const struct candidate *candidate, int64_t out[TPM_SCOPES])
{
	const struct virtual_key *key = &run->out->key;

	out[0] = key->limits.tpm;
	out[1] = key->team_id ? key->team_limits.tpm : LIMIT_NONE;
	out[2] = limit_of(candidate->member->deployment->tpm);
}

bool limits_tokens(const struct run *run, const struct candidate *candidate)
{
	int64_t tpms[TPM_SCOPES];

	read_tpms(run, candidate, tpms);
	return tpms[0] >= 0 || tpms[1] >= 0 || tpms[2] >= 0;
}

int64_t limits_output(const struct run *run, const struct candidate *candidate, int64_t limit)
{
	const struct bound_input *input = &run->call->request->bound;
	int64_t tpms[TPM_SCOPES];
	int64_t choices = input->choices > 1 ? input->choices : 1;
	int64_t prompt = limits_prompt_tokens(input, INT64_MAX);

	read_tpms(run, candidate, tpms);
	if (candidate->member->price.reasoning_apart)
		choices *= 2; /* the bound doubles the output there */
	for (size_t i = 0; i < TPM_SCOPES; i++) {
		int64_t most = tpms[i] > 0 ? share(tpms[i], prompt, choices) : INT64_MAX;

		if (most != INT64_MAX && (limit <= 0 || most < limit))
			limit = most;
	}
	return limit;
}

/* ---- what is left, for headers ---- */

static bool is_clients(const char *scope)
{
	return text_is_one_of(scope, "key team");
}

/* Of key and team, the limit with the least left is told, for requests and tokens apart. */
static void note_left(
    struct rate_headers *told, const struct limits *limits, const struct rate_left *left)
{
	if (limits->rpm >= 0 &&
	    (told->requests_limit < 0 || left->requests_left < told->requests_left)) {
		told->requests_limit = limits->rpm;
		told->requests_left = left->requests_left;
		told->requests_reset_ms = left->requests_reset_ms;
	}
	if (limits->tpm >= 0 && (told->tokens_limit < 0 || left->tokens_left < told->tokens_left)) {
		told->tokens_limit = limits->tpm;
		told->tokens_left = left->tokens_left;
		told->tokens_reset_ms = left->tokens_reset_ms;
	}
}

void limits_taken(struct run *run, const struct rate_hold *hold)
{
	struct rate_headers told = { .requests_limit = LIMIT_NONE, .tokens_limit = LIMIT_NONE };
	struct rate_left left;

	run->counted = true;
	for (int i = 0; hold && i < hold->count; i++) {
		const struct rate_scope *item = &hold->items[i];

		if (!is_clients(item->scope) || (item->limits.rpm < 0 && item->limits.tpm < 0))
			continue;
		if (rate_read(run->call->store, item, clock_wall_ms(), &left, NULL) != 0)
			return; /* headers are a courtesy */
		note_left(&told, &item->limits, &left);
	}
	run->out->rate = told;
}

/* ---- refusals ---- */

static const char *const kind_names[] = { "requests a minute", "tokens a minute",
	"calls at a time" };

static int64_t wait_of(const struct rate_refusal *refusal)
{
	return refusal->wait_ms < SLOT_WAIT_MS ? SLOT_WAIT_MS : refusal->wait_ms;
}

static void tell_client(struct run *run, const struct rate_refusal *refusal, struct error *err)
{
	bool never = is_clients(refusal->scope) && refusal->wait_ms < 0;

	run->out->retry_after_ms = never ? -1 : wait_of(refusal);
	if (is_clients(refusal->scope) && refusal->elsewhere &&
	    shares_trouble(run->call->store, run->arena))
		(void)error_set(err, ERROR_SHARED,
		    "the bank that this gateway shares with other machines cannot be reached, and "
		    "what this machine had of the limit of this %s, %lld %s, is used up; try again "
		    "in %lld s",
		    refusal->scope, (long long)refusal->limit, kind_names[refusal->kind],
		    (long long)(run->out->retry_after_ms + 999) / 1000);
	else if (!is_clients(refusal->scope))
		(void)error_set(err, ERROR_OVERLOADED,
		    "the gateway is making as many calls as it may at a time; try again in a "
		    "moment");
	else if (refusal->limit == 0)
		(void)error_set(err, ERROR_RATE_NEVER,
		    "the limit of this %s is 0 %s: everything is refused until the limit is raised",
		    refusal->scope, kind_names[refusal->kind]);
	else if (never)
		(void)error_set(err, ERROR_RATE_NEVER,
		    "this request may need %lld %s, and the limit of this %s is %lld: shorten the "
		    "prompt or ask for a smaller max_tokens",
		    (long long)refusal->needed, kind_names[refusal->kind], refusal->scope,
		    (long long)refusal->limit);
	else if (refusal->elsewhere)
		(void)error_set(err, ERROR_RATE,
		    "the limit of this %s, %lld %s, is reached: %lld are in use on this machine, "
		    "other "
		    "machines have the rest, and this request needs %lld; try again in %lld s",
		    refusal->scope, (long long)refusal->limit, kind_names[refusal->kind],
		    (long long)refusal->used, (long long)refusal->needed,
		    (long long)(run->out->retry_after_ms + 999) / 1000);
	else
		(void)error_set(err, ERROR_RATE,
		    "the limit of this %s, %lld %s, is reached: %lld are in use, this request "
		    "needs %lld; try again in %lld s",
		    refusal->scope, (long long)refusal->limit, kind_names[refusal->kind],
		    (long long)refusal->used, (long long)refusal->needed,
		    (long long)(run->out->retry_after_ms + 999) / 1000);
}

bool limits_refused(
    struct run *run, const struct rate_hold *hold, const char **out_why, struct error *err)
{
	const struct rate_refusal *refusal = &hold->refusal;

	if (strcmp(refusal->scope, "deployment") != 0) {
		bool counted = run->counted;

		limits_taken(run, hold);
		run->counted = counted;
		run->out->limit_kind = refusal->kind == RATE_TOKENS ? "tokens" : "requests";
		tell_client(run, refusal, err);
		return false;
	}
	if (refusal->wait_ms >= 0 && (!run->limited_ms || wait_of(refusal) < run->limited_ms))
		run->limited_ms = wait_of(refusal);
	run->limited = true;
	*out_why = arena_printf(
	    run->arena, "limit of %lld %s", (long long)refusal->limit, kind_names[refusal->kind]);
	return true;
}

int limits_tell(struct run *run, struct error *err)
{
	run->out->retry_after_ms = run->limited_ms ? run->limited_ms : SLOT_WAIT_MS;
	return error_set(err, ERROR_RATE,
	    "every deployment of '%s' that is left has reached its limit per minute or of calls at "
	    "a time%s; try again in %lld s",
	    run->call->request->model,
	    run->out->blocked_upward ? ", and a dearer fallback was not taken" : "",
	    (long long)(run->out->retry_after_ms + 999) / 1000);
}
