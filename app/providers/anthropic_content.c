/*
 * What of a conversation is written for Anthropic.  See the header.
 */
#include "providers/anthropic_content.h"

#include <string.h>

#include "base/banned.h"

bool anthropic_is_written(const struct chat_part *part)
{
	switch (part->kind) {
	case PART_TEXT:
	case PART_REFUSAL:
		return !slice_is_blank(part->text);
	case PART_REASONING:
		return part->signed_by == WIRE_ANTHROPIC && part->signature.len > 0;
	default:
		return true;
	}
}

bool anthropic_has_content(const struct chat_turn *turn)
{
	for (size_t i = 0; i < turn->part_count; i++)
		if (anthropic_is_written(&turn->parts[i]))
			return true;
	return false;
}

const struct chat_part *anthropic_begun_answer(const struct chat_conversation *from)
{
	for (size_t t = from->turn_count; t > 0; t--) {
		const struct chat_turn *turn = &from->turns[t - 1];

		if (!anthropic_has_content(turn))
			continue;
		for (size_t p = turn->part_count; turn->role == CHAT_ASSISTANT && p > 0; p--)
			if (anthropic_is_written(&turn->parts[p - 1]))
				return &turn->parts[p - 1];
		break;
	}
	return NULL;
}

/* A call at the end gets a result, if it has none (conversation_repair). */
bool anthropic_is_begun(const struct chat_conversation *conversation)
{
	const struct chat_part *begun = anthropic_begun_answer(conversation);
	size_t last = conversation->turn_count;

	while (begun && last > 0 && !anthropic_has_content(&conversation->turns[last - 1]))
		last--;
	return begun && !turn_has(&conversation->turns[last - 1], PART_TOOL_CALL);
}

size_t anthropic_marks_in(const struct chat_part *parts, size_t count)
{
	size_t marks = 0;

	for (size_t i = 0; i < count; i++) {
		bool written = parts[i].kind != PART_REASONING && anthropic_is_written(&parts[i]);

		marks += written && parts[i].cached;
		marks += anthropic_marks_in(parts[i].parts, parts[i].part_count);
	}
	return marks;
}
