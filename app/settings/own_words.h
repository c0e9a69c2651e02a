#ifndef SETTINGS_OWN_WORDS_H
#define SETTINGS_OWN_WORDS_H

/*
 * Words of model_info that are the file's own, such as hosted_in or context_window: they change
 * nothing, and GET /model/info shows them, as LiteLLM does.
 */
#include "settings/reading.h"

/* A key that no row is like.  One that holds a map with prices is a mistake: they would be lost. */
bool own_words_is_one(const struct yaml_entry *entry);

/* Keeps them, and what LiteLLM shows and nobody here reads, in d->own_info; one notice names all.
 * A value with a reference to the environment is not kept. */
void own_words_read(struct reading *r, const struct yaml_node *info, struct deployment *d);

#endif
