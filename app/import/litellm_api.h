#ifndef IMPORT_LITELLM_API_H
#define IMPORT_LITELLM_API_H

/*
 * The same rows from a LiteLLM that runs, by its own management API: /budget/list, /team/list,
 * /user/list and /key/list, a hundred a page.  Nothing is changed there.
 */
#include "import/rows.h"

/* url: "https://litellm.example.org"; plain HTTP is taken too, since it may be this machine.
 * master_key is sent as a bearer. */
int litellm_api_read(
    const char *url, const char *master_key, struct import_rows *rows, struct error *err);

#endif
