#ifndef MODELS_MODEL_ROWS_H
#define MODELS_MODEL_ROWS_H

/*
 * config/models.tsv as text in the program; model_rows.c is made from it by embed_models.awk.
 */
#include <stddef.h>

extern const char model_rows_header[];
extern const char *const model_rows[]; /* whole rows, their columns separated by tabs */
extern const size_t model_rows_count;

#endif
