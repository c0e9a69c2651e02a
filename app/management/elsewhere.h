#ifndef MANAGEMENT_ELSEWHERE_H
#define MANAGEMENT_ELSEWHERE_H

/*
 * LiteLLM's calls for what is not managed over HTTP here, and where it is set.
 */

#include <stdbool.h>

/* "models are set in the settings file, under model_list", for all methods of a path; NULL: it is
 * none of these. */
const char *elsewhere_words(const char *path);

/* Is it said without a key, since who asks has none yet? */
bool elsewhere_is_open(const char *path);

#endif
