/*
 * The providers: one row each.  Variables are those that LiteLLM reads; addresses are the vendors'
 * own.
 */
#include <string.h>

#include "providers/cloud.h"
#include "providers/media_call.h"
#include "providers/mock.h"
#include "providers/provider.h"

#include "base/banned.h"

#define BYTES   TOKENIZER_BYTE_LEVEL
#define PIECES  TOKENIZER_SENTENCEPIECE
#define UNKNOWN TOKENIZER_UNKNOWN
#define VECTORS QUIRK_EMBEDDINGS
#define CHAT    &openai_chat_format, fetch_http
#define CLAUDE  &anthropic_format, fetch_http
#define GEMINI  &gemini_format, fetch_http

static const struct provider providers[] = {
	/* clang-format off */
	/* name            address                                                   key variable           key header     tokenizer  quirks */
	{ "openai",        "https://api.openai.com/v1",                              "OPENAI_API_KEY",      KEY_BEARER,    BYTES,     QUIRK_MAX_COMPLETION_TOKENS | VECTORS | QUIRK_OBJECT_TOOLS, CHAT },
	{ "azure",         NULL,                                                     "AZURE_API_KEY",       KEY_API_KEY,   BYTES,     QUIRK_AZURE | QUIRK_BILLS_REFUSALS | QUIRK_BASE_REQUIRED | QUIRK_MAX_COMPLETION_TOKENS | VECTORS | QUIRK_OBJECT_TOOLS, CHAT },
	{ "deepseek",      "https://api.deepseek.com/v1",                            "DEEPSEEK_API_KEY",    KEY_BEARER,    BYTES,     QUIRK_OBJECT_TOOLS, CHAT },
	{ "groq",          "https://api.groq.com/openai/v1",                         "GROQ_API_KEY",        KEY_BEARER,    UNKNOWN,   QUIRK_MAX_COMPLETION_TOKENS, CHAT },
	{ "mistral",       "https://api.mistral.ai/v1",                              "MISTRAL_API_KEY",     KEY_BEARER,    PIECES,    QUIRK_NO_STREAM_USAGE | QUIRK_RESULTS_LAST | VECTORS, CHAT },
	{ "xai",           "https://api.x.ai/v1",                                    "XAI_API_KEY",         KEY_BEARER,    UNKNOWN,   QUIRK_REASONING_APART | QUIRK_COST_TICKS, CHAT },
	{ "together_ai",   "https://api.together.xyz/v1",                            "TOGETHERAI_API_KEY",  KEY_BEARER,    UNKNOWN,   VECTORS, CHAT },
	{ "openrouter",    "https://openrouter.ai/api/v1",                           "OPENROUTER_API_KEY",  KEY_BEARER,    UNKNOWN,   QUIRK_COST_DOLLARS | QUIRK_REASONING_DETAILS | VECTORS, CHAT },
	{ "fireworks_ai",  "https://api.fireworks.ai/inference/v1",                  "FIREWORKS_AI_API_KEY", KEY_BEARER,   UNKNOWN,   VECTORS, CHAT },
	{ "perplexity",    "https://api.perplexity.ai",                              "PERPLEXITYAI_API_KEY", KEY_BEARER,   UNKNOWN,   QUIRK_NO_STREAM_USAGE | QUIRK_COST_DOLLARS, CHAT },
	{ "cerebras",      "https://api.cerebras.ai/v1",                             "CEREBRAS_API_KEY",    KEY_BEARER,    UNKNOWN,   QUIRK_MAX_COMPLETION_TOKENS, CHAT },
	{ "moonshot",      "https://api.moonshot.ai/v1",                             "MOONSHOT_API_KEY",    KEY_BEARER,    UNKNOWN,   QUIRK_OBJECT_TOOLS, CHAT },
	{ "dashscope",     "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY",   KEY_BEARER,    BYTES,     VECTORS, CHAT },
	{ "gemini",        "https://generativelanguage.googleapis.com/v1beta",       "GEMINI_API_KEY",      KEY_X_GOOG,    PIECES,    QUIRK_NONE, GEMINI },
	{ "anthropic",     "https://api.anthropic.com/v1",                           "ANTHROPIC_API_KEY",   KEY_X_API_KEY, UNKNOWN,   QUIRK_NONE, CLAUDE },
	{ "cohere",        "https://api.cohere.ai/compatibility/v1",                 "COHERE_API_KEY",      KEY_BEARER,    UNKNOWN,   VECTORS, CHAT },
	{ "jina_ai",       "https://api.jina.ai/v1",                                 "JINA_AI_API_KEY",     KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "voyage",        "https://api.voyageai.com/v1",                            "VOYAGE_API_KEY",      KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "ollama",        "http://127.0.0.1:11434/v1",                              "OLLAMA_API_KEY",      KEY_OPTIONAL,  UNKNOWN,   QUIRK_LOCAL | QUIRK_OWN_V1 | VECTORS, CHAT },
	{ "hosted_vllm",   NULL,                                                     "HOSTED_VLLM_API_KEY", KEY_OPTIONAL,  UNKNOWN,   QUIRK_LOCAL | QUIRK_BASE_REQUIRED | VECTORS, CHAT },
	{ "lm_studio",     "http://127.0.0.1:1234/v1",                               "LM_STUDIO_API_KEY",   KEY_OPTIONAL,  UNKNOWN,   QUIRK_LOCAL | VECTORS, CHAT },
	{ "llamafile",     "http://127.0.0.1:8080/v1",                               "LLAMAFILE_API_KEY",   KEY_OPTIONAL,  UNKNOWN,   QUIRK_LOCAL | VECTORS, CHAT },
	/* Names, addresses and variables of these as in litellm 1.110.2, 2026-11-29. */
	{ "azure_ai",      NULL,                                                     "AZURE_AI_API_KEY",    KEY_API_KEY,   UNKNOWN,   QUIRK_AZURE_AI | QUIRK_BILLS_REFUSALS | QUIRK_BASE_REQUIRED, CHAT },
	{ "codestral",     "https://codestral.mistral.ai/v1",                        "CODESTRAL_API_KEY",   KEY_BEARER,    PIECES,    QUIRK_NO_STREAM_USAGE, CHAT },
	{ "deepinfra",     "https://api.deepinfra.com/v1/openai",                    "DEEPINFRA_API_KEY",   KEY_BEARER,    UNKNOWN,   VECTORS | QUIRK_COST_ESTIMATED, CHAT },
	{ "featherless_ai", "https://api.featherless.ai/v1",                         "FEATHERLESS_AI_API_KEY", KEY_BEARER, UNKNOWN,   QUIRK_NONE, CHAT },
	{ "friendliai",    "https://api.friendli.ai/serverless/v1",                  "FRIENDLIAI_API_KEY",  KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "github",        "https://models.inference.ai.azure.com",                  "GITHUB_API_KEY",      KEY_BEARER,    UNKNOWN,   VECTORS, CHAT },
	{ "huggingface",   "https://router.huggingface.co/v1",                       "HUGGINGFACE_API_KEY", KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "hyperbolic",    "https://api.hyperbolic.xyz/v1",                          "HYPERBOLIC_API_KEY",  KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "inception",     "https://api.inceptionlabs.ai/v1",                        "INCEPTION_API_KEY",   KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "lambda_ai",     "https://api.lambda.ai/v1",                               "LAMBDA_API_KEY",      KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "litellm_proxy", NULL,                                                     "LITELLM_PROXY_API_KEY", KEY_OPTIONAL, UNKNOWN,  QUIRK_BASE_REQUIRED | VECTORS, CHAT },
	{ "meta_llama",    "https://api.llama.com/compat/v1",                        "LLAMA_API_KEY",       KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "modelscope",    "https://api-inference.modelscope.cn/v1",                 "MODELSCOPE_API_KEY",  KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "morph",         "https://api.morphllm.com/v1",                            "MORPH_API_KEY",       KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "nebius",        "https://api.studio.nebius.ai/v1",                        "NEBIUS_API_KEY",      KEY_BEARER,    UNKNOWN,   VECTORS, CHAT },
	{ "novita",        "https://api.novita.ai/v3/openai",                        "NOVITA_API_KEY",      KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "nscale",        "https://inference.api.nscale.com/v1",                    "NSCALE_API_KEY",      KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "nvidia_nim",    "https://integrate.api.nvidia.com/v1",                    "NVIDIA_NIM_API_KEY",  KEY_BEARER,    UNKNOWN,   VECTORS, CHAT },
	{ "sambanova",     "https://api.sambanova.ai/v1",                            "SAMBANOVA_API_KEY",   KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "v0",            "https://api.v0.dev/v1",                                  "V0_API_KEY",          KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "vercel_ai_gateway", "https://ai-gateway.vercel.sh/v1",                    "VERCEL_AI_GATEWAY_API_KEY", KEY_BEARER, UNKNOWN, QUIRK_COST_DOLLARS, CHAT },
	{ "volcengine",    "https://ark.cn-beijing.volces.com/api/v3",               "VOLCENGINE_API_KEY",  KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "wandb",         "https://api.inference.wandb.ai/v1",                      "WANDB_API_KEY",       KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "zai",           "https://api.z.ai/api/paas/v4",                           "ZAI_API_KEY",         KEY_BEARER,    UNKNOWN,   QUIRK_NONE, CHAT },
	{ "bedrock",       NULL,                                                     "AWS_BEARER_TOKEN_BEDROCK", KEY_OPTIONAL, UNKNOWN,  QUIRK_BEDROCK, CHAT },
	{ "vertex_ai",     NULL,                                                     NULL,                  KEY_X_GOOG,    UNKNOWN,   QUIRK_VERTEX, CHAT },
	{ "pass_through",  NULL,                                                     NULL,                  KEY_NONE,      UNKNOWN,   QUIRK_BASE_REQUIRED, CHAT },
	{ "mock",          "http://mock.invalid/v1",                                 NULL,                  KEY_NONE,      BYTES,     QUIRK_LOCAL | VECTORS, &openai_chat_format, mock_fetch },
	/* clang-format on */
};

const struct provider *provider_find(const char *name)
{
	for (size_t i = 0; i < sizeof providers / sizeof providers[0]; i++)
		if (strcmp(providers[i].name, name) == 0)
			return &providers[i];
	return NULL;
}

const struct provider *provider_at(size_t index)
{
	return index < sizeof providers / sizeof providers[0] ? &providers[index] : NULL;
}

fetch_transport *provider_transport(
    const struct provider *provider, const struct deployment *deployment)
{
	return deployment->mock_response_set ? mock_fetch : provider->transport;
}

bool provider_by_responses(const struct provider *provider, const struct deployment *deployment,
    const struct model_traits *traits, const struct provider_wish *wish)
{
	if (provider->format != &openai_chat_format || provider->transport == mock_fetch ||
	    deployment->mock_response_set || (provider->quirks & (QUIRK_BEDROCK | QUIRK_VERTEX)))
		return false;
	if (deployment->mode)
		return strcmp(deployment->mode, "responses") == 0;
	switch (traits->responses) {
	case RESPONSES_ALWAYS:
		return true;
	case RESPONSES_TOOLS:
		return wish->tools || wish->asked == WIRE_RESPONSES;
	case RESPONSES_TOOLS_UNLESS_NONE:
		return (wish->tools && !wish->no_thinking) || wish->asked == WIRE_RESPONSES;
	default:
		return wish->server_tools;
	}
}

/* Of a cloud's model: its maker's. */
static const struct wire_format *format_of_way(enum cloud_way way)
{
	switch (way) {
	case CLOUD_MESSAGES:
	case CLOUD_INVOKE:
	case CLOUD_RAW_CLAUDE:
		return &anthropic_format;
	case CLOUD_GEMINI:
		return &gemini_format;
	case CLOUD_CONVERSE:
		return &converse_format;
	default:
		return &openai_chat_format;
	}
}

static const struct wire_format *format_of_embeddings(
    const struct provider *provider, enum cloud_way way)
{
	if (provider->format == &gemini_format)
		return &gemini_embeddings_format;
	if (way >= CLOUD_TITAN)
		return &cloud_embeddings_format;
	return provider->quirks & QUIRK_EMBEDDINGS ? &embeddings_format : NULL;
}

const struct wire_format *provider_format(const struct provider *provider,
    const struct deployment *deployment, const struct model_traits *traits,
    const struct provider_wish *wish)
{
	if (wish->asked == WIRE_MEDIA)
		return media_format(provider, wish->media);
	if (wish->asked == WIRE_MODERATIONS)
		return strcmp(provider->name, "openai") == 0 ? &moderations_format : NULL;
	if (wish->asked == WIRE_EMBEDDINGS)
		return format_of_embeddings(
		    provider, cloud_way_of(provider, deployment, wish->model));
	if (provider_by_responses(provider, deployment, traits, wish))
		return &responses_format;
	if (deployment->mock_response_set)
		return &openai_chat_format;
	if (provider->quirks & (QUIRK_BEDROCK | QUIRK_VERTEX))
		return format_of_way(cloud_way_of(provider, deployment, wish->model));
	return provider->format;
}
