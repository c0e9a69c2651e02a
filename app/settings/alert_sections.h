#ifndef SETTINGS_ALERT_SECTIONS_H
#define SETTINGS_ALERT_SECTIONS_H

/*
 * Who is told of alerts, and of which: sideways_settings.alerts, and LiteLLM's
 * general_settings.alerting.  The numbers inside are rows of the schema under "alerts.".
 */
#include "settings/schema.h"

schema_read alerts_webhooks; /* a URL, or {url, shape}; one or a list */
schema_read alerts_email;    /* {to, from, smtp or sendmail} */
schema_read alerts_budget_percent;
schema_read alerts_off;
schema_read alerts_of_litellm; /* ["slack", "webhook"]: the URL from LiteLLM's variable */

/* What holds when nothing is said. */
void alerts_defaults(struct reading *reading);

/* The names of all rules, for `off`; NULL after the last.  telemetry/alert_rules.c has them too. */
extern const char *const alert_rule_names[];

#endif
