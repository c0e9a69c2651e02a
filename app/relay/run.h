#ifndef RELAY_RUN_H
#define RELAY_RUN_H

/*
 * The working state of one request, shared by the steps of relay/ and seen by nobody else.  It
 * lives on the worker's stack; everything it points to is in the request's arena.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/budgets.h"
#include "accounts/line.h"
#include "relay/breaker.h"
#include "relay/relay.h"
#include "relay/trace_note.h"
#include "relay/verdict.h"
#include "store/store.h"

/* One deployment that may be called for this request. */
struct candidate {
	const struct group *group;
	const struct member *member;
	enum direction direction;
	int stage;             /* 0: the group asked for; then the chain's targets in order */
	int tries;             /* calls made */
	int64_t not_before_us; /* monotonic: a pause asked for before it is called again */
	bool out;              /* not to be called (again) */
	bool listed;           /* its skip has been recorded */
	const char *skip;      /* why it is out, when it was never called */
	bool held;             /* running calls hold what it needs: another may be called first */
	bool probe;            /* its breaker is half open: the probe must be taken first */
	bool probing;          /* it has been taken */
	int64_t output_limit;  /* max tokens to send; 0: as the client says */
	bool unlimited;        /* none is sent, and nothing counts by the bound */
	struct price price;    /* the dearest that the call can meet until the deadline */
	struct bound bound;
	bool bounded;
	int64_t upstream_tokens; /* of the input, as the provider counted; 0: not asked */
	int64_t choices;         /* that the bound covers */
};

/* Arguments of a call, kept until they are whole (providers/tool_keys.h). */
struct told_arguments {
	const struct chat_tool *tool; /* NULL: nothing is kept */
	struct chat_event event;      /* with the call's numbers */
	struct arena_bytes text;
};

struct run {
	const struct relay_call *call;
	struct relay_outcome *out;
	const struct settings *settings;
	struct arena *arena;
	int64_t now_ms;      /* wall time of admission */
	int64_t deadline_us; /* monotonic: no attempt begins, and none lasts, beyond it */

	const struct group *asked;
	int tier;           /* none dearer is called: that of the deployment whose turn it is */
	int64_t first_pico; /* its blended price, for max_price_ratio */
	struct budget_states budgets;
	struct breaker_states breakers;

	struct candidate *candidates;
	size_t candidate_count, candidate_room;
	int stage;        /* that is being tried */
	int stage_calls;  /* failed calls in it that count as retries */
	int stage_called; /* the last one that was called */
	int stages;
	enum next_chain chain; /* in use */

	int number;                      /* of the last attempt row */
	const struct cloud_grant *grant; /* that the last call was built with; NULL: none */
	struct change
	    *pending; /* rows of skipped and blocked candidates, written with the request */
	struct failure failure;  /* of the last failed attempt */
	bool failed;             /* an attempt has failed */
	struct failure excuse;   /* what the client hears of it when nobody is left */
	bool counted;            /* for the limits of key and team */
	bool limited;            /* a deployment's limit has refused */
	int64_t limited_ms;      /* and the shortest wait for one; 0: unknown */
	bool refused;            /* a budget has refused; out->refusal is what to tell of it */
	bool model_refused;      /* the key's budget for the group that was asked for has */
	bool refused_least;      /* which has not even enough for the shortest answer */
	bool busy;               /* and out->refusal is one that running calls hold */
	struct line_place place; /* in the line for money, while it waits */
	int64_t wait_until_us;   /* monotonic; 0: it has not waited for what it needs now */
	int64_t waited_us;
	struct trace_waits waits;
	bool line_full; /* no place in the line: what fits is taken past those with patience left */
	bool wait_over; /* it has waited; from now on what is held is not there */
	const char *why_unbounded;              /* a candidate had no bound: what was missing */
	struct chat_conversation *conversation; /* made by translate.c when it is needed */
	const char *unreadable;                 /* why it could not be made */
	const struct member
	    *tools_of; /* the last whose tools were looked at, and what came of it */
	bool tools_fit;
	const struct member
	    *format_of; /* the last whose format was asked for, and what came of it */
	const struct wire_format *format;
	struct chat_turn told;       /* the calls of the answer that is being translated */
	struct told_arguments keyed; /* of its call whose keys were changed */
	const char *unable;          /* what some candidate's format or model has not */
	bool too_long; /* a candidate was skipped because the prompt is longer than its window */
	int64_t prompt_tokens[VOCABULARY_COUNT]; /* tokens of the body, when it has been counted */
	struct late_answer
	    *late;     /* calls that are waited for off the client's way; late_answer.h */
	bool answered; /* the last attempt's end is pending already */
	int64_t
	    last_client_us; /* when something last went to the client, for keep-alive comments */
	int64_t cooldown_until_ms; /* the earliest end of a cooldown that was in the way; 0: none */
	bool cooldown_is_rate;
	struct blocked {
		struct candidate *candidate;
		int number;
	} * blocked; /* upward ones, for the money not spent */
	size_t blocked_count;
};

/* admit.c: whose key, may it, which group, which budgets; breaker states. */
int run_admit(struct run *run, struct error *err);

/* plan.c */
void plan_begin(struct run *run); /* the asked group and its general chain */
bool plan_switch(
    struct run *run, enum next_chain chain); /* to a special chain only; false: it is empty */
struct candidate *plan_next(
    struct run *run); /* NULL: nobody is left; records the skips it passes */
/* The candidate has failed as run->failure says: what follows by the table of verdicts.  False: the
 * request ends, and the failure is what to tell. */
bool plan_follow(struct run *run, struct candidate *candidate);
/* May another deployment of the candidate's group and tier be tried before this one, which waits
 * for money? */
bool plan_has_alike(const struct run *run, const struct candidate *candidate);
void plan_put_out(struct run *run, struct candidate *candidate, const char *why);
/* The same for one that was called already: it is not asked again, and the reason is recorded. */
void plan_leave(struct run *run, struct candidate *candidate, const char *why);
/* How many others may still be called, and have not been. */
size_t plan_not_asked(const struct run *run, const struct candidate *candidate);

/* "over budget: key 1d", the reason of a skip. */
static inline const char *run_over_budget(
    const struct run *run, const char *scope, const char *period)
{
	return arena_printf(run->arena, "over budget: %s %s", scope, period);
}

/* What the candidate's call is to budgets. */
static inline struct budget_call run_budget_call(
    const struct group *group, const struct member *member)
{
	return (struct budget_call){ member->deployment->provider, member->deployment->id,
		group->name };
}

/* admit.c: the budgets as they are now. */
int run_read_budgets(struct run *run, int64_t now_ms, struct error *err);
/* admit.c: the tightest budget of the key, for the answer's headers. */
void run_note_key_budget(struct run *run);

/* weigh.c: the output limit to send and the bound; false: out of reach, with the reason. */
bool weigh_candidate(struct run *run, struct candidate *candidate, const char **out_why);
/* Would the shortest answer fit in so much money?  Of images and the like that is not known: true.
 */
bool weigh_shortest_fits(struct run *run, struct candidate *candidate, int64_t nano);
/* Tokens of the prompt, as a tokenizer counts them: the model's own where it is published. */
int64_t weigh_prompt_tokens(struct run *run, const struct member *member);
/* Weighs, and tells which budget has too little left for the candidate; NULL: none. */
const struct budget_state *weigh_refusing(struct run *run, struct candidate *candidate);

/* money_line.c: waiting for money that running calls hold.
 * Does somebody wait who goes before this candidate?  *out is what stands in the way. */
bool money_line_before(
    struct run *run, const struct candidate *candidate, struct budget_refusal *out);
/* Of one that stands in the line: does it still lack money, by what was read last?  Spares a
 * transaction that would be refused. */
bool money_line_lacks(
    const struct run *run, const struct candidate *candidate, struct budget_refusal *out);
/* 0: look again and try, it may be its turn.  -1: ERROR_BUDGET_BUSY (it has waited for long enough,
 * too many wait, or only a bank that is away has it), ERROR_CLIENT_GONE. */
int money_line_wait(struct run *run, const struct candidate *candidate,
    const struct budget_refusal *refusal, struct error *err);
void money_line_leave(struct run *run); /* with its money */
int money_line_tell(struct run *run, struct error *err);
/* What is left of the tightest budget that applies; INT64_MAX: none does. */
int64_t weigh_money_left(const struct run *run, const struct candidate *candidate);

/* upstream_call.c */
/* What lets the member's calls in becomes run->grant, NULL where a key does; -1: it cannot be had,
 * which is remembered for a moment.  Asked before money is held, since it may take a while. */
int upstream_call_access(struct run *run, const struct member *member, struct error *err);
/* The provider's call, in the arena. */
int upstream_call_build(
    struct run *run, const struct candidate *candidate, struct fetch_call *out, struct error *err);

/* count_upstream.c: lowers the candidate's bound where its provider's own count can. */
void count_upstream(struct run *run, struct candidate *candidate);

/* attempt.c */
enum attempt_result {
	ATTEMPT_ANSWERED,
	ATTEMPT_FAILED,     /* run->failure says how */
	ATTEMPT_NOT_CALLED, /* skipped at the last moment; recorded and put out */
	ATTEMPT_OVER,       /* the request ends here: err is what to tell */
};
enum attempt_result attempt_run(struct run *run, struct candidate *candidate, struct error *err);

/* translate.c: from the client's format to the provider's; see there.
 * delivery.c: passes an answer on as it comes; see there. */

/* not_spent.c: weighs a candidate that was blocked upward. */
struct not_spent not_spent_of(struct run *run, struct candidate *candidate);

/* settle.c */
void settle_skip(struct run *run, struct candidate *candidate, const char *state, const char *why);
void settle_attempt(struct run *run, const struct attempt *attempt, const struct attempt_end *end,
    const struct candidate *candidate, const struct failure *failure);
/* A failed attempt whose hold is ended later, when its answer has come: what the breaker learns. */
void settle_later(
    struct run *run, const struct candidate *candidate, const struct failure *failure);
void settle_request(struct run *run, int result, const struct error *err);
struct attempt settle_row(struct run *run, const struct candidate *candidate);

#endif
