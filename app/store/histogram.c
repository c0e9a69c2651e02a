/*
 * Buckets of times.  See the header.
 */
#include "store/histogram.h"

#include <stddef.h>

#include "base/banned.h"

/* The same as in the table metric_bucket (sql/schema/metrics.sql), which a test compares. */
static const int64_t bounds_us[] = { 5000, 12500, 25000, 50000, 100000, 500000, 1000000, 2000000,
	3000000, 5000000, 7500000, 10000000, 20000000, 30000000, 60000000, 120000000, 300000000 };

int64_t histogram_bucket_us(int64_t us)
{
	for (size_t i = 0; i < sizeof bounds_us / sizeof bounds_us[0]; i++)
		if (us <= bounds_us[i])
			return bounds_us[i];
	return INT64_MAX;
}

void histogram_into(
    struct change *change, const char *what, const char *kind, const char *model, int64_t us)
{
	change_add_sum(change, SQL_SUMS_TIMES);
	change_bind(change, ":what", what, ":kind", kind, ":model", model, ":le_us",
	    histogram_bucket_us(us));
	change_bind_addend(change, ":observations", 1);
	change_bind_addend(change, ":sum_us", us);
}
