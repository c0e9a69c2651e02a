/*
 * One row a model: a current one that the built-in price table knows, at most one a provider and
 * tier, so that falling back always changes the provider.
 */
#include "settings/demo_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

/* clang-format off */
static const struct demo_model {
	const char *provider, *key_variable;
	const char *tier; /* by the default tiers */
	const char *group, *model;
} models[] = {
	{ "openai",       "OPENAI_API_KEY",       "cheap", "gpt-luna",          "gpt-6-luna" },
	{ "openai",       "OPENAI_API_KEY",       "mid",   "gpt-terra",         "gpt-6.1-terra" },
	{ "anthropic",    "ANTHROPIC_API_KEY",    "mid",   "claude-sonnet",     "claude-sonnet-5" },
	{ "gemini",       "GEMINI_API_KEY",       "cheap", "gemini-flash-lite", "gemini-3.1-flash-lite" },
	{ "gemini",       "GEMINI_API_KEY",       "mid",   "gemini-flash",      "gemini-3.5-flash" },
	{ "deepseek",     "DEEPSEEK_API_KEY",     "cheap", "deepseek-flash",    "deepseek-v4-flash" },
	{ "deepseek",     "DEEPSEEK_API_KEY",     "mid",   "deepseek-pro",      "deepseek-v4-pro" },
	{ "groq",         "GROQ_API_KEY",         "cheap", "gpt-oss-groq",      "openai/gpt-oss-120b" },
	{ "groq",         "GROQ_API_KEY",         "mid",   "kimi-groq",         "moonshotai/kimi-k2-instruct-0905" },
	{ "mistral",      "MISTRAL_API_KEY",      "cheap", "mistral-small",     "mistral-small-latest" },
	{ "mistral",      "MISTRAL_API_KEY",      "mid",   "mistral-medium",    "mistral-medium-latest" },
	{ "xai",          "XAI_API_KEY",          "mid",   "grok",              "grok-4.7" },
	{ "openrouter",   "OPENROUTER_API_KEY",   "cheap", "glm-router",        "z-ai/glm-4.7" },
	{ "openrouter",   "OPENROUTER_API_KEY",   "mid",   "gpt-router",        "openai/gpt-5.2" },
	{ "together_ai",  "TOGETHERAI_API_KEY",   "cheap", "gpt-oss-together",  "openai/gpt-oss-120b" },
	{ "fireworks_ai", "FIREWORKS_AI_API_KEY", "cheap", "deepseek-flash-fireworks", "accounts/fireworks/models/deepseek-v4p1-flash" },
	{ "fireworks_ai", "FIREWORKS_AI_API_KEY", "mid",   "glm-fireworks", "accounts/fireworks/models/glm-5p3" },
	{ "cerebras",     "CEREBRAS_API_KEY",     "cheap", "gpt-oss-cerebras",  "gpt-oss-120b" },
	{ "moonshot",     "MOONSHOT_API_KEY",     "mid",   "kimi",              "kimi-k3.1-pro" },
	{ "dashscope",    "DASHSCOPE_API_KEY",    "cheap", "qwen-plus",         "qwen-plus" },
	{ "dashscope",    "DASHSCOPE_API_KEY",    "mid",   "qwen-max",          "qwen3.7-max" },
};
/* clang-format on */

#define MODEL_COUNT    (sizeof models / sizeof models[0])
#define STAND_INS_MOST 5

static bool offered(const struct demo_model *model)
{
	const char *value = getenv(model->key_variable);

	return value && *value;
}

static bool first_of_provider(size_t index)
{
	return index == 0 || strcmp(models[index - 1].provider, models[index].provider) != 0;
}

static int nothing_found(struct error *err)
{
	AUTO_TEXT struct text names = text_empty(sizeof err->text);

	for (size_t i = 0; i < MODEL_COUNT; i++)
		if (first_of_provider(i))
			text_printf(&names, "%s%s", names.len ? ", " : "", models[i].key_variable);
	return error_set(err, ERROR_SETTINGS,
	    "the environment holds no provider key (looked for %s); sideways demo without "
	    "--providers needs none",
	    names.bytes);
}

static void add_head(struct text *out)
{
	text_puts(out,
	    "# Made by `sideways demo --providers` for the provider keys in the environment.\n"
	    "# Keys stand in the environment, never in this file. `sideways check` shows what it "
	    "means.\n");
}

/* Without api_key the provider's own variable is read, so the file can be looked at in a shell
 * that lacks the keys. */
static void add_models(struct text *out)
{
	text_puts(out, "\nmodel_list:\n");
	for (size_t i = 0; i < MODEL_COUNT; i++)
		if (offered(&models[i]))
			text_printf(out,
			    "  - model_name: %s # %s\n    litellm_params:\n      model: %s/%s # by "
			    "%s\n",
			    models[i].group, models[i].tier, models[i].provider, models[i].model,
			    models[i].key_variable);
}

/* Every model falls back to others of its tier, in the order of the table: to as many as a request
 * can ask (sideways_settings.max_attempts is 6). */
static size_t add_fallbacks_of(struct text *out, const struct demo_model *asked)
{
	size_t count = 0;

	for (size_t i = 0; i < MODEL_COUNT && count < STAND_INS_MOST; i++) {
		if (&models[i] == asked || !offered(&models[i]) ||
		    strcmp(models[i].tier, asked->tier) != 0)
			continue;
		if (!count++)
			text_printf(out, "    - %s: [", asked->group);
		text_printf(out, "%s%s", count > 1 ? ", " : "", models[i].group);
	}
	text_puts(out, count ? "]\n" : "");
	return count;
}

static void add_fallbacks(struct text *out)
{
	struct text lines;

	text_init(&lines, out->max);
	for (size_t i = 0; i < MODEL_COUNT; i++)
		if (offered(&models[i]))
			(void)add_fallbacks_of(
			    &lines, &models[i]); /* none: another provider's key would help */
	text_puts(out, "\nlitellm_settings:\n"
		       "  max_budget: 10 # dollars, for everything together\n"
		       "  budget_duration: 1d\n");
	if (lines.len)
		text_printf(out, "  # Only within a tier: never to a dearer one.\n  fallbacks:\n%s",
		    lines.bytes);
	text_release(&lines);
}

/* "cheap" and "mid" as names to ask for: the first of each tier that is offered. */
static void add_aliases(struct text *out)
{
	static const char *const tiers[] = { "cheap", "mid" };

	text_puts(out, "\nrouter_settings:\n  num_retries: 1\n  model_group_alias:\n");
	for (size_t t = 0; t < sizeof tiers / sizeof tiers[0]; t++)
		for (size_t i = 0; i < MODEL_COUNT; i++)
			if (offered(&models[i]) && strcmp(models[i].tier, tiers[t]) == 0) {
				text_printf(out, "    %s: %s\n", tiers[t], models[i].group);
				break;
			}
}

int demo_settings_providers(struct text *out, struct error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < MODEL_COUNT; i++)
		count += offered(&models[i]);
	if (!count)
		return nothing_found(err);
	add_head(out);
	add_models(out);
	add_fallbacks(out);
	add_aliases(out);
	if (text_failed(out))
		return error_set(err, ERROR_INTERNAL, "the settings are too long to be written");
	return 0;
}

int demo_settings_write(const char *path, struct slice text, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;

	if (fd < 0 && errno == EEXIST)
		return error_set(
		    err, ERROR_SETTINGS, "%.300s already exists, and is left as it is", path);
	if (fd < 0)
		return error_set(err, ERROR_SETTINGS, "%.300s: %s", path, strerror(errno));
	while (done < text.len) {
		ssize_t n = write(fd, text.ptr + done, text.len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (close(fd) == 0 && done == text.len)
		return 0;
	(void)unlink(path); /* a half-written file would be read as settings */
	return error_set(err, ERROR_SETTINGS, "%.300s could not be written in full", path);
}
