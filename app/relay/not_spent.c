/*
 * The money that a dearer fallback, which was not taken, would have cost beyond what the request
 * did cost: as an estimate, and at most.
 *
 * The estimate is for the tokens of the answer that was given elsewhere.  Where nobody answered it
 * is for the prompt as a tokenizer counts it and a usual answer: the average of the last days, of
 * the dearer model's own answers, else of those of the group that was asked for; without any it is
 * for the prompt alone.  The most is by the bound, as a budget would have held it.
 */
#include "relay/limits.h"
#include "relay/run.h"

#include "base/clock.h"

#include "base/banned.h"

#define DAY_MS INT64_C(86400000)

struct answers {
	int64_t count, output_tokens;
};

static void add_answers_of(struct run *run, const char *model, struct answers *answers)
{
	struct store_reader *reader = store_reader_borrow(run->call->store, NULL);
	struct statement *s =
	    reader ? store_query(reader, SQL_VIEW_SPEND_USUAL_ANSWER, NULL) : NULL;

	statement_bind(s, ":model", model, ":day", run->now_ms / DAY_MS);
	if (statement_step(s, NULL) == 1) {
		answers->count += statement_int(s, 0);
		answers->output_tokens += statement_int(s, 1);
	}
	store_reader_return(run->call->store, reader);
}

static int64_t usual_output(struct run *run, const struct member *dearer)
{
	struct answers answers = { 0, 0 };

	add_answers_of(run, dearer->model, &answers);
	for (size_t i = 0; answers.count == 0 && i < run->asked->member_count; i++)
		add_answers_of(run, run->asked->members[i].model, &answers);
	return answers.count ? answers.output_tokens / answers.count : 0;
}

static struct usage usual_usage(struct run *run, const struct candidate *candidate)
{
	const struct bound *bound = &candidate->bound;
	int64_t input = weigh_prompt_tokens(run, candidate->member),
		output = usual_output(run, candidate->member);

	return (struct usage){
		.input_tokens = input < bound->input_tokens ? input : bound->input_tokens,
		.output_tokens = candidate->choices *
				 (output < bound->output_tokens ? output : bound->output_tokens),
	};
}

static int64_t beyond(const struct run *run, int64_t nano)
{
	return nano > run->out->cost_nano ? nano - run->out->cost_nano : 0;
}

struct not_spent not_spent_of(struct run *run, struct candidate *candidate)
{
	const struct relay_outcome *out = run->out;
	bool told = out->usage.known || out->usage.estimated, weighed;
	struct usage usage = out->usage;
	struct not_spent saved = { 0, 0 };
	const char *why;

	if (!candidate->member->priced || !candidate->member->provider)
		return saved;
	weighed = weigh_candidate(run, candidate, &why);
	if (!told && !weighed)
		return saved;
	saved.most_nano = weighed ? beyond(run, candidate->bound.cost_nano) : 0;
	if (!told && run->call->request->media) { /* what is ordered by the piece is billed so */
		saved.nano = saved.most_nano;
		return saved;
	}
	if (!told)
		usage = usual_usage(run, candidate);
	usage.reported_cost_nano = -1; /* what another provider's answer cost is no price here */
	usage.fee_nano = 0;
	saved.nano = beyond(run, cost_of(&candidate->member->price, &usage));
	if (saved.most_nano < saved.nano)
		saved.most_nano = saved.nano;
	return saved;
}
