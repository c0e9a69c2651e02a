#ifndef STORE_HISTOGRAM_H
#define STORE_HISTOGRAM_H

/*
 * The histograms of /metrics: which bucket a time falls in, and adding it there (sums_times).
 */
#include <stdint.h>

#include "store/store.h"

/* The upper bound of the bucket, as in the table metric_bucket; the last is INT64_MAX. */
int64_t histogram_bucket_us(int64_t us);

/* Adds an observation to the histogram `what` of a model.  `kind` is the kind of label that bounds
 * how many models are named: "model" for groups, "upstream" for providers' models. */
void histogram_into(
    struct change *change, const char *what, const char *kind, const char *model, int64_t us);

#endif
