#ifndef SETTINGS_DEPLOYMENT_FIELDS_H
#define SETTINGS_DEPLOYMENT_FIELDS_H

/*
 * The fields of a deployment that need more than their row of the schema says.
 * base is the struct deployment being filled.
 */
#include "settings/schema.h"

schema_read deployment_organization; /* a list: one deployment each, made by model_list */
schema_read deployment_headers;
schema_read deployment_mock_response;
schema_read deployment_extra_body;
schema_read deployment_tags, deployment_access_groups;
schema_read deployment_trait;    /* a column of config/models.tsv; model_traits_check reads it */
schema_read deployment_off_peak; /* cheaper hours, as LiteLLM writes them */
schema_read deployment_server_tools;   /* what may run at the provider, with a bound */
schema_read deployment_tiered_pricing; /* ranges of prompts, each with its prices */

/* Of an entry of pass_through_endpoints. */
schema_read deployment_methods, deployment_auth;
#define DEPLOYMENT_METHODS "GET, POST, PUT, DELETE, PATCH" /* where it names none */
bool deployment_lists_method(const char *list, const char *method);

void deployment_parameter(struct reading *reading, const struct schema_row *row, const char *label,
    const struct yaml_entry *entry, void *base);

/* input_cost_per_token_above_200k_tokens and the like. */
void deployment_long_price(struct reading *reading, const char *label,
    const struct yaml_entry *entry, int64_t pico, int64_t *field, void *base);

/* "provider/model" in deployment->model to provider and model; a bare name of a known family gets
 * its provider.  False, with a problem at origin, when no provider can be told. */
bool deployment_split_model(
    struct reading *reading, struct deployment *deployment, struct origin origin);

/* The provider of a bare model name ("gpt-4o": openai), or NULL. */
const char *deployment_family(const char *model);

/* A provider's name for another of its names, as LiteLLM has them: "ollama_chat" is ollama. */
const char *deployment_provider(const char *name);

#endif
