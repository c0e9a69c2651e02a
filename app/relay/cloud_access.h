#ifndef RELAY_CLOUD_ACCESS_H
#define RELAY_CLOUD_ACCESS_H

/*
 * What lets calls into Bedrock and Vertex when no plain key does: keys of AWS that calls are signed
 * with, and access tokens of Google's.
 *
 * What expires is kept in the process and renewed 225 seconds before its end, by one thread at a
 * time; meanwhile the others use the old one.  A token that was bought with a secret (a service
 * account's key, gcloud's refresh token, AWS keys that assume a role) is kept in the store as well,
 * so that each CGI process need not buy one: sealed with a key made of that secret, so that who
 * reads the database alone learns nothing, and who could open it has the secret itself.  What a
 * machine's own service gives out for nothing is kept in the process only.
 */
#include "providers/provider.h"
#include "relay/run.h"
#include "settings/aws_files.h"

struct cloud_access; /* of a process; thread-safe */
struct cloud_access *cloud_access_new(void);
void cloud_access_free(struct cloud_access *access); /* NULL is fine; secrets are wiped */

/* Does the member's provider want more than its key? */
bool cloud_access_needed(const struct member *member);

/* What lets this member's calls in; in the run's arena.  -1: err says what is missing or who
 * refused. */
int cloud_access_for(
    struct run *run, const struct member *member, struct cloud_grant *out, struct error *err);

/* The provider refused it: it is not used again.  True: another one may be had, so that the call is
 * worth a second try. */
bool cloud_access_refused(
    struct run *run, const struct member *member, const struct cloud_grant *grant);

/* ---- for its own files ---- */

/* What a source gives; texts are in the arena. */
struct cloud_keys {
	struct cloud_grant grant;
	int64_t until_ms;   /* wall; INT64_MAX: it does not expire by itself */
	const char *sealer; /* the secret that bought it; NULL: it is not kept in the store */
};

/* aws_access.c, google_access.c */
int aws_access(struct run *run, const struct deployment *deployment, struct cloud_keys *out,
    struct error *err);
int google_access(struct run *run, const struct deployment *deployment, struct cloud_keys *out,
    struct error *err);

/* One call to a service that gives out credentials; the body in the arena.  -1: err names the
 * service by `what`, and nothing of the answer. */
struct cloud_question {
	const char *what; /* "the token service of Google" */
	struct fetch_call call;
};
int cloud_ask(struct run *run, struct cloud_question *question, int *out_status,
    struct slice *out_body, struct error *err);

/* "2026-11-29T21:00:00Z" as wall time; 0: it is none. */
int64_t cloud_time(const char *text);

/* aws_sso.c */
int aws_by_sso(
    struct run *run, const struct aws_profile *profile, struct cloud_keys *out, struct error *err);

/* google_ask.c: a form of the token service, and what it buys; the form is wiped. */
struct text;
int google_read_token(struct run *run, const char *what, int status, struct slice body,
    struct cloud_keys *out, struct error *err);
void google_put_form(struct text *form, const char *name, const char *value, struct arena *arena);
int google_buy_token(
    struct run *run, const char *url, struct text *form, struct cloud_keys *out, struct error *err);
/* google_federation.c */
int google_by_external_account(
    struct run *run, struct slice json, struct cloud_keys *out, struct error *err);

/* cloud_tokens.c: the store's part.  False: there is none that is good for so long. */
bool cloud_tokens_find(
    struct run *run, const char *identity, const char *sealer, struct cloud_keys *out);
void cloud_tokens_forget(struct run *run, const char *token);
void cloud_tokens_keep(struct run *run, const char *identity, const struct cloud_keys *keys);

#endif
