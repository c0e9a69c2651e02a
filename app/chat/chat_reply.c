/*
 * Events to a whole answer.  See the header.
 *
 * The text of the part that is open grows beside its choice and is given to the part when the next
 * one begins.
 */
#include "chat/chat_reply.h"

#include "base/banned.h"

void chat_collector_init(struct chat_collector *collector, struct arena *arena)
{
	*collector = (struct chat_collector){ .arena = arena };
	collector->reply.usage.reported_cost_nano = -1;
}

static struct slice chat_reply_kept(struct chat_collector *collector, struct slice bytes)
{
	if (!bytes.ptr)
		return bytes;
	return (struct slice){ arena_copy_slice(collector->arena, bytes), bytes.len };
}

static void chat_reply_make_room(struct chat_collector *collector, size_t count)
{
	size_t had = collector->reply.choice_count;
	struct chat_choice *choices;
	struct arena_bytes *open;

	if (count <= collector->room)
		return;
	choices = arena_alloc(collector->arena, count * sizeof *choices);
	open = arena_alloc(collector->arena, count * sizeof *open);
	if (had > 0) {
		memcpy(choices, collector->reply.choices, had * sizeof *choices);
		memcpy(open, collector->open, had * sizeof *open);
	}
	collector->reply.choices = choices;
	collector->open = open;
	collector->room = count;
}

static struct chat_choice *choice_at(struct chat_collector *collector, int index)
{
	size_t at = index < 0 ? 0 : (size_t)index;

	if (at >= REPLY_CHOICES_MAX)
		at = REPLY_CHOICES_MAX - 1;
	chat_reply_make_room(collector, at + 1);
	if (at >= collector->reply.choice_count)
		collector->reply.choice_count = at + 1;
	return &collector->reply.choices[at];
}

static struct arena_bytes *open_text(
    struct chat_collector *collector, const struct chat_choice *choice)
{
	return &collector->open[choice - collector->reply.choices];
}

/* The open part gets its text. */
static void close_part(struct chat_collector *collector, struct chat_choice *choice)
{
	struct arena_bytes *text = open_text(collector, choice);
	struct chat_part *part;

	if (choice->part_count == 0 || !choice->parts)
		return;
	part = &choice->parts[choice->part_count - 1];
	if (part->kind == PART_TOOL_CALL)
		part->arguments = arena_bytes_slice(text);
	else if (!part->text.ptr)
		part->text = arena_bytes_slice(text);
	*text = (struct arena_bytes){ .ptr = NULL };
}

static struct chat_part *begin_part(
    struct chat_collector *collector, struct chat_choice *choice, enum part_kind kind)
{
	struct chat_turn turn = { .parts = choice->parts, .part_count = choice->part_count };
	struct chat_part *part;

	close_part(collector, choice);
	part = turn_add_part(&turn, kind, collector->arena);
	choice->parts = turn.parts;
	choice->part_count = turn.part_count;
	return part;
}

static void chat_reply_add_text(struct chat_collector *collector, struct chat_choice *choice,
    enum part_kind kind, struct slice text)
{
	const struct chat_part *last =
	    choice->part_count ? &choice->parts[choice->part_count - 1] : NULL;

	if (text.len == 0)
		return;
	if (!last || last->kind != kind || last->signature.ptr)
		begin_part(collector, choice, kind);
	arena_bytes_add(open_text(collector, choice), text, collector->arena);
}

static void add_signature(
    struct chat_collector *collector, struct chat_choice *choice, const struct chat_event *event)
{
	struct chat_part *part = choice->part_count ? &choice->parts[choice->part_count - 1] : NULL;

	if (event->redacted || !part || part->kind != PART_REASONING || part->signature.ptr)
		part = begin_part(collector, choice, PART_REASONING);
	part->signature = chat_reply_kept(collector, event->signature);
	part->signed_by = event->signed_by;
	part->redacted = event->redacted;
}

static void begin_tool(
    struct chat_collector *collector, struct chat_choice *choice, const struct chat_event *event)
{
	struct chat_part *part = begin_part(collector, choice, PART_TOOL_CALL);

	part->id = chat_reply_kept(collector, event->id);
	part->name = chat_reply_kept(collector, event->name);
	part->signature = chat_reply_kept(collector, event->signature);
	part->signed_by = event->signed_by;
	part->tool = event->declared;
}

/* Pieces of a call that is not the last one begun (rare: clones that interleave). */
static void chat_reply_add_arguments(
    struct chat_collector *collector, struct chat_choice *choice, const struct chat_event *event)
{
	int tool = -1;

	for (size_t i = 0; i < choice->part_count; i++) {
		struct chat_part *part = &choice->parts[i];

		if (part->kind != PART_TOOL_CALL || ++tool != event->tool)
			continue;
		if (i + 1 == choice->part_count) {
			arena_bytes_add(
			    open_text(collector, choice), event->text, collector->arena);
			return;
		}
		/* what a closed call has is exactly as long as its bytes: it moves when it grows */
		struct arena_bytes bytes = { (char *)part->arguments.ptr, part->arguments.len,
			part->arguments.len };

		arena_bytes_add(&bytes, event->text, collector->arena);
		part->arguments = arena_bytes_slice(&bytes);
		return;
	}
}

static void chat_reply_finish(
    struct chat_collector *collector, struct chat_choice *choice, const struct chat_event *event)
{
	close_part(collector, choice);
	choice->finish = event->finish;
	choice->stop_sequence = chat_reply_kept(collector, event->text);
	choice->finished = true;
}

static void on_choice_event(struct chat_collector *collector, const struct chat_event *event)
{
	struct chat_choice *choice = choice_at(collector, event->choice);

	switch (event->kind) {
	case EVENT_TEXT:
		chat_reply_add_text(collector, choice, PART_TEXT, event->text);
		break;
	case EVENT_REASONING:
		chat_reply_add_text(collector, choice, PART_REASONING, event->text);
		break;
	case EVENT_REFUSAL:
		chat_reply_add_text(collector, choice, PART_REFUSAL, event->text);
		break;
	case EVENT_IMAGE:
		part_set_url(begin_part(collector, choice, PART_IMAGE),
		    chat_reply_kept(collector, event->text));
		break;
	case EVENT_SIGNATURE:
		add_signature(collector, choice, event);
		break;
	case EVENT_TOOL_BEGIN:
		begin_tool(collector, choice, event);
		break;
	case EVENT_TOOL_ARGUMENTS:
		chat_reply_add_arguments(collector, choice, event);
		break;
	case EVENT_LOGPROBS:
		choice->logprobs = chat_reply_kept(collector, event->text);
		break;
	default:
		chat_reply_finish(collector, choice, event);
	}
}

int chat_collector_event(void *ctx, const struct chat_event *event)
{
	struct chat_collector *collector = ctx;

	switch (event->kind) {
	case EVENT_START:
		collector->reply.id = chat_reply_kept(collector, event->id);
		collector->reply.model = chat_reply_kept(collector, event->model);
		break;
	case EVENT_USAGE:
		collector->reply.usage = *event->usage;
		break;
	case EVENT_PING:
	case EVENT_END:
		break;
	default:
		on_choice_event(collector, event);
	}
	return 0;
}

bool chat_choice_has_tools(const struct chat_choice *choice)
{
	for (size_t i = 0; i < choice->part_count; i++)
		if (choice->parts[i].kind == PART_TOOL_CALL)
			return true;
	return false;
}

bool chat_reply_is_filtered(const struct chat_reply *reply)
{
	for (size_t i = 0; i < reply->choice_count; i++)
		if (reply->choices[i].finish != FINISH_FILTER)
			return false;
	return reply->choice_count > 0;
}
