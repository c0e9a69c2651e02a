#ifndef PANEL_SIGN_IN_H
#define PANEL_SIGN_IN_H

/*
 * Who asks, and was it meant: the session of a request, the token of its form, where it came from.
 *
 * The cookie is __Host-sideways under HTTPS and sideways_session without it (then signing in is
 * offered to this machine alone, unless the settings say otherwise); HttpOnly, SameSite=Strict.
 * Before there is a session, forms carry a token of a second cookie, so nobody can be signed in by
 * another site.
 */
#include "panel/page.h"

enum admit {
	ADMIT_YES,
	ADMIT_SIGN_IN, /* no session: to the form */
	ADMIT_AGAIN,   /* a link from elsewhere: browsers keep a strict cookie back; ask again from
			  here */
	ADMIT_NO,      /* err */
};

/* Fills call->session and call->cookie. */
enum admit sign_in_admit(struct page_call *call, const struct page *row, struct error *err);

/* The session alone, for a page that is open to all and looks different to whoever is signed in (an
 * error).  Without a store, or when it fails, nobody is. */
void sign_in_recognise(struct page_call *call);

/* "/sign-in?next=/keys%3Fsearch%3Dx": the way back is the page that was wanted, with its query, and
 * only ever one below BASE/admin. */
const char *sign_in_path(struct page_call *call);

/* Secrets may be typed here: by HTTPS, or on the machine itself. */
bool sign_in_is_safe(const struct page_call *call);

/* A new session for an admin whose proof was checked; sets the cookie. */
int sign_in_start(struct page_call *call, const char *name, struct error *err);

#endif
