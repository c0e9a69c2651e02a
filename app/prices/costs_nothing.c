/*
 * What costs nothing.  See the header.
 */
#include "prices/costs_nothing.h"

#include <string.h>

#include "settings/address.h"
#include "settings/unset_variables.h"

#include "base/banned.h"

static const struct {
	const char *provider;
	bool here; /* where no api_base is given, it is on this machine */
} local[] = {
	{ "ollama", true },
	{ "ollama_chat", true },
	{ "lm_studio", true },
	{ "llamafile", true },
	{ "hosted_vllm", false },
	{ "vllm", false },
};

/* Where check runs without the environment, an address that it does not know is its owner's. */
static bool is_private(const struct deployment *deployment, bool here)
{
	const char *base = deployment->api_base;

	if (!base)
		return here;
	return strncmp(base, UNSET_STAND_IN, strlen(UNSET_STAND_IN)) == 0 ||
	       address_is_private(base);
}

static void make_free(struct price *price)
{
	if (price->input_pico == PRICE_UNKNOWN)
		price->input_pico = 0;
	if (price->output_pico == PRICE_UNKNOWN)
		price->output_pico = 0;
}

void costs_nothing_apply(
    const struct deployment *deployment, const char *model, struct price *price)
{
	if (strcmp(deployment->provider, "openrouter") == 0 && slice_ends(slice_of(model), ":free"))
		make_free(price);
	for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
		if (strcmp(local[i].provider, deployment->provider) != 0)
			continue;
		if (is_private(deployment, local[i].here))
			make_free(price);
		else if (strcmp(price->as_of, "settings") != 0)
			price->input_pico = price->output_pico = PRICE_UNKNOWN;
	}
}
