#ifndef MANAGEMENT_OPENAPI_H
#define MANAGEMENT_OPENAPI_H

/*
 * The description of the management API: config/openapi.json, which the build turns into text.
 * tests/e2e/admin_api.test.mjs holds each answer against it.
 */

extern const char openapi_json[];

#endif
