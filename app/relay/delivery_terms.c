/*
 * What an answer may cost, and which one may.  Declared in delivery.h.
 */
#include "chat/media.h"
#include "relay/delivery.h"

#include "base/banned.h"

struct charge_terms delivery_terms(const struct delivery *delivery)
{
	const struct candidate *candidate = delivery->candidate;
	const struct media_request *media = delivery->run->call->request->media;

	return (struct charge_terms){ .course = media ? (struct price_course){ &candidate->price,
							    NULL, 0 }
						      : member_course(candidate->member),
		.media = media != NULL,
		.units = media ? media->facts.units : 0,
		.model = candidate->member->model,
		.bound = candidate->bound,
		.output_most = delivery->output_most,
		.unlimited = delivery->candidate->unlimited,
		.inputs = delivery->run->call->request->bound.inputs };
}

bool delivery_may_be_done(const struct delivery *delivery, int status)
{
	return delivery->passes ? status > 0 && status < 500 : status == 200;
}

/* Apart, so that events without usage, which are most, do not clear the stack that it takes. */
static __attribute__((noinline)) void tell_cost(const struct delivery *delivery)
{
	struct relay_outcome *out = delivery->run->out;
	const struct charge_terms terms = delivery_terms(delivery);
	struct attempt_end end = { .how = HOLD_SETTLED, .usage = delivery->stream.usage };

	charge_usage(&terms, delivery->stream.model,
	    end.usage.estimated ? &delivery->stream.told : &end.usage, &end);
	out->told_cost_nano = out->cost_nano + end.cost_nano;
}

void delivery_note_cost(const struct delivery *delivery)
{
	const struct usage *usage = &delivery->stream.usage;

	if (delivery->run->settings->tells_cost && (usage->known || usage->estimated))
		tell_cost(delivery);
}
