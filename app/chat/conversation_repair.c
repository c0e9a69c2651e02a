/*
 * A conversation put in the order that strict formats want.  See conversation.h.
 */
#include "chat/conversation.h"

#include "base/banned.h"

/* Bytes that composers put around a turn or a part beside the client's own text: "Error: ", a note
 * on an interrupted call or on an image from a tool, <system> around a late instruction. */
#define ADDED_A_TURN 24
#define ADDED_A_PART 64

static bool has_call(const struct chat_turn *turn, struct slice id)
{
	for (size_t i = 0; turn && i < turn->part_count; i++)
		if (turn->parts[i].kind == PART_TOOL_CALL && slice_equal(turn->parts[i].id, id))
			return true;
	return false;
}

static bool has_result(const struct chat_turn *turn, struct slice id)
{
	for (size_t i = 0; turn && i < turn->part_count; i++)
		if (turn->parts[i].kind == PART_TOOL_RESULT && slice_equal(turn->parts[i].id, id))
			return true;
	return false;
}

struct repair {
	struct arena *arena;
	struct chat_conversation *to;
	struct chat_turn *last; /* the turn that is being filled */
};

static struct chat_turn *turn_for(struct repair *repair, enum chat_role role)
{
	if (!repair->last || repair->last->role != role || role == CHAT_SYSTEM)
		repair->last = conversation_add_turn(repair->to, role, repair->arena);
	return repair->last;
}

static const struct chat_turn *turn_before(const struct repair *repair)
{
	size_t count = repair->to->turn_count;
	const struct chat_turn *last = count ? &repair->to->turns[count - 1] : NULL;

	/* The turn with the calls: the last one, or the one before the user's that is being filled.
	 */
	if (last && last->role == CHAT_USER)
		last = count > 1 ? &repair->to->turns[count - 2] : NULL;
	return last && last->role == CHAT_ASSISTANT ? last : NULL;
}

static void add_copy(struct repair *repair, enum chat_role role, const struct chat_part *part)
{
	struct chat_turn *turn = turn_for(repair, role);
	struct chat_part *copy = turn_add_part(turn, part->kind, repair->arena);

	*copy = *part;
}

/* A result that answers nothing is told as text. */
static void add_stray(struct repair *repair, const struct chat_part *result)
{
	for (size_t i = 0; i < result->part_count; i++)
		add_copy(repair, CHAT_USER, &result->parts[i]);
}

static void answer_interrupted(struct repair *repair)
{
	const struct chat_turn *calls = turn_before(repair);
	struct chat_turn *answers;

	if (!calls || !turn_has(calls, PART_TOOL_CALL))
		return;
	for (size_t i = 0; i < calls->part_count; i++) {
		struct slice id = calls->parts[i].id;
		struct chat_part *result;

		if (calls->parts[i].kind != PART_TOOL_CALL ||
		    has_result(
			repair->last && repair->last->role == CHAT_USER ? repair->last : NULL, id))
			continue;
		answers = turn_for(repair, CHAT_USER);
		result = turn_add_part(answers, PART_TOOL_RESULT, repair->arena);
		result->id = id;
		result->is_error = true;
		part_add_part(result, PART_TEXT, repair->arena)->text =
		    slice_of("interrupted: there is no result");
		calls = turn_before(repair); /* turns may have moved */
	}
}

/* Does it answer a call of the turn before, as the first to do so? */
static bool is_answer(const struct repair *repair, const struct chat_part *part)
{
	const struct chat_turn *filled =
	    repair->last && repair->last->role == CHAT_USER ? repair->last : NULL;

	return part->kind == PART_TOOL_RESULT && has_call(turn_before(repair), part->id) &&
	       !has_result(filled, part->id);
}

static void add_user(struct repair *repair, const struct chat_turn *turn)
{
	bool *taken = arena_alloc(repair->arena, turn->part_count * sizeof *taken + 1);

	for (size_t i = 0; i < turn->part_count; i++) {
		taken[i] = is_answer(repair, &turn->parts[i]);
		if (taken[i])
			add_copy(repair, CHAT_USER, &turn->parts[i]);
	}
	answer_interrupted(repair);
	for (size_t i = 0; i < turn->part_count; i++) {
		if (taken[i])
			continue;
		if (turn->parts[i].kind == PART_TOOL_RESULT)
			add_stray(repair, &turn->parts[i]);
		else
			add_copy(repair, CHAT_USER, &turn->parts[i]);
	}
}

static void add_other(struct repair *repair, const struct chat_turn *turn)
{
	if (turn->role == CHAT_ASSISTANT && repair->last && repair->last->role == CHAT_ASSISTANT &&
	    turn_has(repair->last, PART_TOOL_CALL))
		answer_interrupted(repair);
	for (size_t i = 0; i < turn->part_count; i++)
		if (turn->role != CHAT_SYSTEM || i > 0)
			add_copy(repair, turn->role, &turn->parts[i]);
		else {
			repair->last = NULL; /* each system turn stays its own */
			add_copy(repair, turn->role, &turn->parts[i]);
		}
}

struct chat_conversation *conversation_repair(
    const struct chat_conversation *conversation, struct arena *arena)
{
	struct chat_conversation *to = arena_alloc(arena, sizeof *to);
	struct repair repair = { .arena = arena, .to = to };

	*to = *conversation;
	to->turns = NULL;
	to->turn_count = 0;
	for (size_t i = 0; i < conversation->turn_count; i++)
		if (conversation->turns[i].role == CHAT_USER)
			add_user(&repair, &conversation->turns[i]);
		else
			add_other(&repair, &conversation->turns[i]);
	answer_interrupted(&repair);
	return to;
}

void conversation_fill(
    struct chat_conversation *conversation, const struct chat_conversation *defaults)
{
	static const size_t numbers[] = { offsetof(struct chat_conversation, temperature),
		offsetof(struct chat_conversation, top_p),
		offsetof(struct chat_conversation, top_k),
		offsetof(struct chat_conversation, presence_penalty),
		offsetof(struct chat_conversation, frequency_penalty),
		offsetof(struct chat_conversation, seed) };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct slice *own = (struct slice *)((char *)conversation + numbers[i]);

		if (!own->ptr)
			*own = *(const struct slice *)((const char *)defaults + numbers[i]);
	}
	if (!conversation->stop_count) {
		conversation->stops = defaults->stops;
		conversation->stop_count = defaults->stop_count;
	}
	if (conversation->effort == EFFORT_UNSET && conversation->thinking_budget < 0) {
		conversation->effort = defaults->effort;
		conversation->thinking_budget = defaults->thinking_budget;
	}
	if (!conversation->verbosity.ptr)
		conversation->verbosity = defaults->verbosity;
	conversation->features |= defaults->features;
}

int64_t conversation_added_bytes(const struct chat_conversation *conversation)
{
	int64_t bytes = 0;

	for (size_t t = 0; t < conversation->turn_count; t++) {
		const struct chat_turn *turn = &conversation->turns[t];

		bytes += ADDED_A_TURN;
		for (size_t p = 0; p < turn->part_count; p++)
			if (turn->parts[p].kind == PART_TOOL_RESULT ||
			    turn->parts[p].kind == PART_TOOL_CALL)
				bytes += ADDED_A_PART;
	}
	/* A schema that the format cannot say goes along as a sentence. */
	if (conversation->answer != ANSWER_TEXT)
		bytes += 256;
	return bytes;
}
