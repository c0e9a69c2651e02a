#ifndef SETTINGS_AWS_FILES_H
#define SETTINGS_AWS_FILES_H

/*
 * Profiles of AWS: ~/.aws/credentials and ~/.aws/config (AWS_SHARED_CREDENTIALS_FILE and
 * AWS_CONFIG_FILE move them), in the form that AWS's own programs read: [name] or [profile name],
 * then name = value.  A profile that is not named is AWS_PROFILE's, else "default".
 *
 * Files are read at each call: they are small, and others renew what is in them.
 */
#include <stdbool.h>

#include "base/arena.h"

struct aws_profile { /* each NULL: not given; all in the arena */
	char *key_id, *secret, *session_token, *role, *source_profile, *external_id, *web_identity;
	/* Of single sign-on; region and start_url may stand in [sso-session NAME]. */
	char *sso_session, *sso_start_url, *sso_region, *sso_account, *sso_role;
	char *unsupported; /* a word in it that is not understood: "credential_process" */
};

/* False: there is no such profile in either file. */
bool aws_files_profile(const char *name, struct arena *arena, struct aws_profile *out);

/* NULL: none is given. */
char *aws_files_region(const char *profile, struct arena *arena);

/* A small file's bytes as a text; NULL: it cannot be read, or is over 64 KiB. */
char *aws_files_text(const char *path, struct arena *arena);

#endif
