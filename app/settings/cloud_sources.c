/*
 * See the header.  Machines are told by the maker's name in their firmware, as cloud-init and
 * google-auth tell them; in a sandbox without such files AWS_EC2_METADATA_SERVICE_ENDPOINT or
 * GCE_METADATA_HOST say where the service is.
 */
#include "settings/cloud_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings/aws_files.h"

#include "base/banned.h"

const char *cloud_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool any_variable(const char *const *names)
{
	for (; *names; names++)
		if (cloud_variable(*names))
			return true;
	return false;
}

static bool is_made_by(const char *maker)
{
	static const char *const files[] = { "/sys/class/dmi/id/sys_vendor",
		"/sys/class/dmi/id/product_name" };
	bool found = false;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		FILE *file = fopen(files[i], "re");
		char line[128] = "";

		if (!file)
			continue;
		found = (fgets(line, sizeof line, file) && strstr(line, maker)) || found;
		(void)fclose(file); /* it was only read */
	}
	return found;
}

static bool has_aws_profile(const char *name)
{
	struct aws_profile profile;
	struct arena arena;
	bool found;

	arena_init(&arena);
	found = aws_files_profile(name, &arena, &profile) &&
		(profile.secret || profile.role || profile.sso_start_url || profile.unsupported);
	arena_release(&arena);
	return found;
}

static bool has_aws(const struct deployment *d)
{
	static const char *const names[] = { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT", NULL };

	return d->cloud.secret || d->cloud.web_identity || any_variable(names) ||
	       has_aws_profile(d->cloud.profile) || is_made_by("Amazon");
}

char *cloud_gcloud_file(struct arena *arena)
{
	static const char name[] = "application_default_credentials.json";
	const char *folder = cloud_variable("CLOUDSDK_CONFIG"), *home = cloud_variable("HOME");

	if (folder)
		return arena_printf(arena, "%s/%s", folder, name);
	return home ? arena_printf(arena, "%s/.config/gcloud/%s", home, name) : NULL;
}

static bool has_google(const struct deployment *d)
{
	static const char *const names[] = { "GCE_METADATA_HOST", "K_SERVICE",
		"KUBERNETES_SERVICE_HOST", NULL };
	struct arena arena;
	const char *file;
	bool found;

	if (d->cloud.credentials || any_variable(names) || is_made_by("Google"))
		return true;
	arena_init(&arena);
	file = cloud_gcloud_file(&arena);
	found = file && access(file, R_OK) == 0;
	arena_release(&arena);
	return found;
}

bool cloud_has_source(const struct deployment *deployment)
{
	return strcmp(deployment->provider, "bedrock") == 0 ? has_aws(deployment)
							    : has_google(deployment);
}
