#ifndef DOCTOR_PROBE_H
#define DOCTOR_PROBE_H

/*
 * /health/doctor: what `sideways doctor URL`, and the panel in a browser, measure the way to the
 * gateway with.  Only who can
 * read the settings file may ask, since an answer may hold a thread for minutes: the token is a
 * digest of the file's content.
 *
 *	?do=echo      what arrived of the request, as JSON
 *	?do=stream    eight events, 150 ms apart
 *	?do=wait&ms=N an answer after N milliseconds of silence, at most ten minutes
 */
#include "base/digest.h"
#include "settings/settings.h"

#define DOCTOR_EVENTS 8
#define DOCTOR_GAP_MS 150

struct digest_hex doctor_probe_token(const struct settings *settings);

#endif
