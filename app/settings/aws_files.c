/*
 * See the header.
 */
#include "settings/aws_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define FILE_MAX ((size_t)64 << 10)

char *aws_files_text(const char *path, struct arena *arena)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t len;

	if (!file)
		return NULL;
	text = arena_alloc(arena, FILE_MAX + 1);
	len = fread(text, 1, FILE_MAX + 1, file);
	(void)fclose(file); /* it was only read */
	if (len > FILE_MAX)
		return NULL;
	text[len] = '\0';
	return text;
}

static char *aws_path(const char *variable, const char *name, struct arena *arena)
{
	const char *given = getenv(variable), *home = getenv("HOME");

	if (given && *given)
		return arena_copy(arena, given);
	return home && *home ? arena_printf(arena, "%s/.aws/%s", home, name) : NULL;
}

static char *bare(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	for (len = strlen(text); len > 0 && strchr(" \t\r", text[len - 1]); len--)
		text[len - 1] = '\0';
	return text;
}

/* "[name]", and in config "[profile name]". */
static bool is_section(char *line, const char *profile)
{
	size_t len = strcspn(line, "]");
	char *name = line + 1;

	line[len] = '\0';
	name = bare(name);
	if (strncmp(name, "profile", 7) == 0 && strchr(" \t", name[7]) && name[7])
		name = bare(name + 8);
	return strcmp(name, profile) == 0;
}

typedef void take_fn(void *to, const char *name, char *value);

/* Each name and value of the profile; false: the file has no such section. */
static bool walk(
    const char *path, const char *profile, struct arena *arena, take_fn *take, void *to)
{
	char *text = path ? aws_files_text(path, arena) : NULL, *rest = text, *line;
	bool inside = false, any = false;

	while (text && (line = strsep(&rest, "\n")) != NULL) {
		bool indented = *line == ' ' || *line == '\t'; /* belongs to the value above */
		char *at = bare(line), *equals;

		if (*at == '[') {
			inside = is_section(at, profile);
			any = any || inside;
			continue;
		}
		equals = strchr(at, '=');
		if (!inside || indented || *at == '#' || *at == ';' || !equals)
			continue;
		*equals = '\0';
		take(to, bare(at), bare(equals + 1));
	}
	return any;
}

static const char *name_or_usual(const char *profile)
{
	const char *variable = getenv("AWS_PROFILE");

	if (profile && *profile)
		return profile;
	return variable && *variable ? variable : "default";
}

static void take_member(void *to, const char *name, char *value)
{
	struct aws_profile *profile = to;
	const struct {
		const char *name;
		char **member;
	} members[] = {
		{ "aws_access_key_id", &profile->key_id },
		{ "aws_secret_access_key", &profile->secret },
		{ "aws_session_token", &profile->session_token },
		{ "role_arn", &profile->role },
		{ "source_profile", &profile->source_profile },
		{ "external_id", &profile->external_id },
		{ "web_identity_token_file", &profile->web_identity },
		{ "sso_session", &profile->sso_session },
		{ "sso_start_url", &profile->sso_start_url },
		{ "sso_region", &profile->sso_region },
		{ "sso_account_id", &profile->sso_account },
		{ "sso_role_name", &profile->sso_role },
	};
	static const char *const others[] = { "credential_process", "login_session", "mfa_serial",
		"credential_source" };

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (strcmp(name, members[i].name) == 0 && !*members[i].member)
			*members[i].member = value;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(name, others[i]) == 0)
			profile->unsupported = (char *)others[i];
}

bool aws_files_profile(const char *name, struct arena *arena, struct aws_profile *out)
{
	const char *profile = name_or_usual(name);
	bool credentials, config;

	*out = (struct aws_profile){ 0 };
	credentials = walk(aws_path("AWS_SHARED_CREDENTIALS_FILE", "credentials", arena), profile,
	    arena, take_member, out);
	config =
	    walk(aws_path("AWS_CONFIG_FILE", "config", arena), profile, arena, take_member, out);
	if (out->sso_session)
		(void)walk(aws_path("AWS_CONFIG_FILE", "config", arena),
		    arena_printf(arena, "sso-session %s", out->sso_session), arena, take_member,
		    out);
	return credentials || config;
}

static void take_region(void *to, const char *name, char *value)
{
	if (strcmp(name, "region") == 0 && *value)
		*(char **)to = value;
}

char *aws_files_region(const char *profile, struct arena *arena)
{
	char *region = NULL;

	(void)walk(aws_path("AWS_CONFIG_FILE", "config", arena), name_or_usual(profile), arena,
	    take_region, &region);
	return region;
}
