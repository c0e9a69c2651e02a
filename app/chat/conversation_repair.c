/*
 * A conversation put in the order that strict formats want.  See conversation.h.
 */
#include "chat/conversation.h"

#include "base/json_scan.h"

#include "base/banned.h"

/* Bytes that composers put around a turn or a part beside the client's own text: "Error: ", a note
 * on an interrupted call or on an image from a tool, <system> around a late instruction. */
#define ADDED_A_TURN 24
#define ADDED_A_PART 64
#define ADDED_A_TOOL 32 /* an object as the root of its schema, where it has none */

struct repair {
	struct arena *arena;
	struct chat_conversation *to;
	struct chat_turn *last; /* the turn that is being filled */
	struct chat_turn shown; /* pictures of the assistant's, for the user's next turn */
};

static struct chat_turn *turn_for(struct repair *repair, enum chat_role role)
{
	if (!repair->last || repair->last->role != role || role == CHAT_SYSTEM)
		repair->last = conversation_add_turn(repair->to, role, repair->arena);
	return repair->last;
}

static struct chat_part *add_copy(
    struct repair *repair, enum chat_role role, const struct chat_part *part)
{
	struct chat_part *copy = turn_add_part(turn_for(repair, role), part->kind, repair->arena);

	*copy = *part;
	return copy;
}

/* Of all formats Gemini's alone has pictures in a turn of the model's, and wants them signed: they
 * stand in the user's next one. */
static void show_drawn(struct repair *repair)
{
	for (size_t i = 0; i < repair->shown.part_count; i++)
		add_copy(repair, CHAT_USER, &repair->shown.parts[i]);
	repair->shown.part_count = 0;
}

/* A result that answers nothing is told as text. */
static void add_stray(struct repair *repair, const struct chat_part *result)
{
	for (size_t i = 0; i < result->part_count; i++)
		add_copy(repair, CHAT_USER, &result->parts[i]);
}

/* ---- calls ---- */

static bool stood_before(const struct repair *repair, const struct chat_part *call)
{
	for (size_t t = 0; t < repair->to->turn_count; t++)
		for (size_t p = 0; p < repair->to->turns[t].part_count; p++) {
			const struct chat_part *part = &repair->to->turns[t].parts[p];

			if (part == call)
				return false;
			if (part->kind == PART_TOOL_CALL && slice_equal(part->id, call->id))
				return true;
		}
	return false;
}

/* Some vendors number the calls of each answer anew; others refuse an id that stood before. */
static void make_unique(struct repair *repair, struct chat_part *call)
{
	struct slice id = call->id;

	for (size_t n = repair->to->turn_count; stood_before(repair, call); n++) {
		call->was_id = id;
		call->id =
		    slice_of(arena_printf(repair->arena, "%.*s_%zu", (int)id.len, id.ptr, n));
	}
}

static void add_call(struct repair *repair, const struct chat_part *part)
{
	struct chat_part *copy =
	    turn_add_part(turn_for(repair, CHAT_ASSISTANT), part->kind, repair->arena);

	*copy = *part;
	make_unique(repair, copy);
}

static void add_interrupted(struct repair *repair, struct slice id)
{
	struct chat_part *result =
	    turn_add_part(turn_for(repair, CHAT_USER), PART_TOOL_RESULT, repair->arena);

	result->id = id;
	result->is_error = true;
	part_add_part(result, PART_TEXT, repair->arena)->text =
	    slice_of("interrupted: there is no result");
}

/* ---- results ---- */

/* The parts of the user's turns that stand side by side. */
struct said {
	const struct chat_part **parts; /* NULL: taken already */
	size_t count;
};

static const struct chat_part *take_result(struct said *said, const struct chat_part *call)
{
	struct slice id = call->was_id.ptr ? call->was_id : call->id;

	for (size_t i = 0; i < said->count; i++) {
		const struct chat_part *part = said->parts[i];

		if (!part || part->kind != PART_TOOL_RESULT || !slice_equal(part->id, id))
			continue;
		said->parts[i] = NULL;
		return part;
	}
	return NULL;
}

/* Each call of the turn before is answered, in the order of the calls. */
static void answer_calls(struct repair *repair, struct said *said)
{
	size_t at = repair->to->turn_count;

	if (at == 0 || repair->to->turns[at - 1].role != CHAT_ASSISTANT)
		return;
	for (size_t i = 0; i < repair->to->turns[at - 1].part_count; i++) {
		const struct chat_part *call = &repair->to->turns[at - 1].parts[i], *result;
		struct slice id = call->id;

		if (call->kind != PART_TOOL_CALL)
			continue;
		result = take_result(said, call);
		if (result)
			add_copy(repair, CHAT_USER, result)->id = id;
		else
			add_interrupted(repair, id);
	}
}

static void add_user(struct repair *repair, const struct chat_turn *turns, size_t count)
{
	struct said said = { .count = 0 };
	size_t room = 1;

	for (size_t t = 0; t < count; t++)
		room += turns[t].part_count;
	said.parts = arena_alloc(repair->arena, room * sizeof *said.parts);
	for (size_t t = 0; t < count; t++)
		for (size_t i = 0; i < turns[t].part_count; i++)
			said.parts[said.count++] = &turns[t].parts[i];
	answer_calls(repair, &said);
	show_drawn(repair);
	for (size_t i = 0; i < said.count; i++) {
		if (!said.parts[i])
			continue;
		if (said.parts[i]->kind == PART_TOOL_RESULT)
			add_stray(repair, said.parts[i]);
		else
			add_copy(repair, CHAT_USER, said.parts[i]);
	}
}

static bool answers_one_of(const struct chat_turn *user, const struct chat_turn *calls)
{
	for (size_t u = 0; u < user->part_count; u++)
		for (size_t c = 0; c < calls->part_count; c++) {
			const struct chat_part *call = &calls->parts[c];

			if (user->parts[u].kind == PART_TOOL_RESULT &&
			    call->kind == PART_TOOL_CALL &&
			    slice_equal(
				user->parts[u].id, call->was_id.ptr ? call->was_id : call->id))
				return true;
		}
	return false;
}

/* Google's SDKs keep each chunk of a streamed answer as a turn of its own: a call may be followed
 * by another, or by an empty text, and its result stands behind all of them. */
static bool answered_behind(
    const struct repair *repair, const struct chat_turn *turn, const struct chat_turn *end)
{
	while (turn < end && turn->role == CHAT_ASSISTANT)
		turn++;
	for (; turn < end && turn->role == CHAT_USER; turn++)
		if (answers_one_of(turn, repair->last))
			return true;
	return false;
}

static bool is_medium(const struct chat_part *part)
{
	return part->kind == PART_IMAGE || part->kind == PART_DOCUMENT || part->kind == PART_AUDIO;
}

static void add_other(
    struct repair *repair, const struct chat_turn *turn, const struct chat_turn *end)
{
	struct said nothing = { NULL, 0 };

	if (turn->role == CHAT_ASSISTANT && repair->last && repair->last->role == CHAT_ASSISTANT &&
	    turn_has(repair->last, PART_TOOL_CALL) && !answered_behind(repair, turn, end))
		answer_calls(repair, &nothing);
	if (turn->role == CHAT_SYSTEM)
		repair->last = NULL; /* each system turn stays its own */
	for (size_t i = 0; i < turn->part_count; i++)
		if (turn->parts[i].kind == PART_TOOL_CALL)
			add_call(repair, &turn->parts[i]);
		else if (turn->role == CHAT_ASSISTANT && is_medium(&turn->parts[i]))
			*turn_add_part(&repair->shown, PART_IMAGE, repair->arena) = turn->parts[i];
		else
			add_copy(repair, turn->role, &turn->parts[i]);
}

/* Turns of the user's that stand side by side are one: parallel results may come in several. */
static size_t users_from(const struct chat_conversation *conversation, size_t at)
{
	size_t count = 0;

	while (at + count < conversation->turn_count &&
	       conversation->turns[at + count].role == CHAT_USER)
		count++;
	return count;
}

/* An instruction between calls and their results goes behind these. */
static bool parts_calls(
    const struct repair *repair, const struct chat_turn *turn, size_t users_after)
{
	return turn->role == CHAT_SYSTEM && users_after > 0 && repair->last &&
	       repair->last->role == CHAT_ASSISTANT && turn_has(repair->last, PART_TOOL_CALL) &&
	       turn_has(turn + 1, PART_TOOL_RESULT);
}

struct chat_conversation *conversation_repair(
    const struct chat_conversation *conversation, struct arena *arena)
{
	struct chat_conversation *to = arena_alloc(arena, sizeof *to);
	struct repair repair = { .arena = arena, .to = to };
	struct said nothing = { NULL, 0 };

	*to = *conversation;
	to->turns = NULL;
	to->turn_count = 0;
	for (size_t i = 0, users; i < conversation->turn_count; i += users ? users : 1) {
		const struct chat_turn *turn = &conversation->turns[i];

		users = users_from(conversation, i);
		if (users) {
			add_user(&repair, turn, users);
			continue;
		}
		users = users_from(conversation, i + 1);
		if (!parts_calls(&repair, turn, users))
			users = 0;
		else
			add_user(&repair, turn + 1, users++);
		add_other(&repair, turn, conversation->turns + conversation->turn_count);
	}
	answer_calls(&repair, &nothing);
	show_drawn(&repair);
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
	int64_t bytes = conversation->added_bytes;

	for (size_t t = 0; t < conversation->turn_count; t++) {
		const struct chat_turn *turn = &conversation->turns[t];

		bytes += ADDED_A_TURN;
		for (size_t p = 0; p < turn->part_count; p++)
			if (turn->parts[p].kind == PART_TOOL_RESULT ||
			    turn->parts[p].kind == PART_TOOL_CALL)
				bytes += ADDED_A_PART;
	}
	for (size_t i = 0; i < conversation->tool_count; i++)
		if (!json_text_is(json_member(conversation->tools[i].schema, "type"), "object"))
			bytes += ADDED_A_TOOL;
	/* A schema that the format cannot say goes along as a sentence. */
	if (conversation->answer != ANSWER_TEXT)
		bytes += 256;
	return bytes;
}
