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

void delivery_note_cost(const struct delivery *delivery)
{
	struct run *run = delivery->run;
	const struct usage *usage = &delivery->stream.usage;
	struct attempt_end end;
	struct charge_terms terms;

	if (!run->settings->tells_cost || !(usage->known || usage->estimated))
		return;
	end = (struct attempt_end){ .how = HOLD_SETTLED, .usage = *usage };
	terms = delivery_terms(delivery);
	charge_usage(&terms, delivery->stream.model,
	    end.usage.estimated ? &delivery->stream.told : &end.usage, &end);
	run->out->told_cost_nano = run->out->cost_nano + end.cost_nano;
}
