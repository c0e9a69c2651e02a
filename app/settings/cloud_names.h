#ifndef SETTINGS_CLOUD_NAMES_H
#define SETTINGS_CLOUD_NAMES_H

/*
 * Bedrock's and Vertex' words in an entry of model_list, as LiteLLM has them:
 *
 *	bedrock/ID, bedrock/REGION/ID, bedrock/ROUTE/ID, bedrock/arn:aws:bedrock:REGION:...
 *	vertex_ai/MODEL, vertex_ai/PUBLISHER/MODEL
 *
 * Afterwards deployment->model is the id alone, and cloud.region says where.  How a model is called
 * is decided by providers/cloud.h.
 */
#include "settings/schema.h"

schema_read cloud_credentials; /* vertex_credentials: a path, JSON text, or a map */

/* Providers whose name says how the model is called: bedrock_converse. */
void cloud_name_routes(struct reading *reading, struct deployment *deployment);

/* Region, route and project of a deployment whose provider is known; nothing at other providers.
 * False, with a problem at origin: the route is one that is not offered. */
bool cloud_settle(struct reading *reading, struct deployment *deployment, struct origin origin);

/* What an id says by itself: "arn:.../us.anthropic.claude-x" is "us.anthropic.claude-x". */
const char *cloud_model_name(const char *id);

/* Before the first dot, when that is a geography ("us.", "apac.", "global."): its length with the
 * dot; 0: none. */
size_t cloud_geography(const char *id);

#endif
