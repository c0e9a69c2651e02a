/*
 * Overview: is money safe, what failed over, who spends what.
 */
#include "admin/pages.h"

#include "base/banned.h"

json_t *page_overview(struct page_call *call, struct error *err)
{
	return json_object();
}
