/*
 * Alert destinations and what they are told.  See the header.
 *
 * A destination's name is made of its kind and the beginning of the address's digest: it stays the
 * same when the list is reordered, and tells nobody a webhook's URL, which is all that is needed
 * to write there.
 */
#include "settings/alert_sections.h"

#include <string.h>

#include "base/digest.h"
#include "settings/address.h"
#include "settings/values.h"

#include "base/banned.h"

#define DESTINATIONS_MAX 16
#define PERCENTS_MAX     8

const char *const alert_rule_names[] = { "fallback_rate", "error_rate", "blocked_upward", "overrun",
	"unbelieved", "unknown_holds", "cache_away", "key_refused", "cooldown", "budget",
	"spend_rate", "bank", "stale_prices", "disk", NULL };

static const struct {
	enum alert_shape shape;
	const char *name;
	const char *host; /* part of the URL that tells it */
} shapes[] = {
	{ ALERT_SLACK, "slack", "://hooks.slack.com/" },
	{ ALERT_DISCORD, "discord", "://discord.com/" },
	{ ALERT_DISCORD, "discord", "://discordapp.com/" },
	{ ALERT_TEAMS, "teams", ".webhook.office.com/" },
	{ ALERT_TEAMS, "teams", ".logic.azure.com" },
	{ ALERT_JSON, "json", NULL },
	{ ALERT_LITELLM, "litellm", NULL },
	{ ALERT_MAIL, "mail", NULL },
};
#define SHAPE_COUNT (sizeof shapes / sizeof shapes[0])

static struct alert_destination *alert_sections_add(struct reading *r, const char *label,
    const struct yaml_node *node, enum alert_shape shape, const char *address)
{
	struct alert_settings *alerts = &r->settings->alerts;
	struct alert_destination *added;
	const char *kind = "json";

	if (alerts->destination_count == DESTINATIONS_MAX) {
		(void)value_fault(r, label, node->origin, "there are more than %d destinations",
		    DESTINATIONS_MAX);
		return NULL;
	}
	for (size_t i = 0; i < SHAPE_COUNT; i++)
		if (shapes[i].shape == shape)
			kind = shapes[i].name;
	added =
	    arena_grow(r->arena, &alerts->destinations, &alerts->destination_count, sizeof *added);
	added->shape = shape;
	added->name =
	    arena_printf(r->arena, "%s-%.8s", kind, digest_sha256(address, strlen(address)).text);
	return added;
}

static bool is_url(const char *url)
{
	return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

static enum alert_shape shape_of_url(const char *url)
{
	for (size_t i = 0; i < SHAPE_COUNT; i++)
		if (shapes[i].host && strstr(url, shapes[i].host))
			return shapes[i].shape;
	return ALERT_JSON;
}

static void add_webhook(struct reading *r, const char *label, const struct yaml_node *node,
    char *url, enum alert_shape shape)
{
	struct alert_destination *added;

	if (!is_url(url)) {
		(void)value_fault(
		    r, label, node->origin, "expected a URL that begins with https:// or http://");
		return;
	}
	added = alert_sections_add(r, label, node, shape, url);
	if (added)
		added->url = url;
}

static bool read_shape(
    struct reading *r, const char *label, const struct yaml_node *node, enum alert_shape *out_shape)
{
	char *name;

	if (!value_text(r, label, node, &name))
		return false;
	for (size_t i = 0; i < SHAPE_COUNT; i++)
		if (shapes[i].shape != ALERT_MAIL && strcmp(shapes[i].name, name) == 0) {
			*out_shape = shapes[i].shape;
			return true;
		}
	return value_fault(
	    r, label, node->origin, "'%.40s' is not one of: slack discord teams json", name);
}

static void alert_sections_unknown_key(
    struct reading *r, const char *label, const struct yaml_entry *entry, const char *have)
{
	value_warn(r, label, entry->origin, "unknown key '%s' (have: %s)", entry->key, have);
}

static void read_webhook(struct reading *r, const char *label, const struct yaml_node *node)
{
	const struct yaml_node *url_node = node, *shape_node = NULL;
	enum alert_shape shape;
	char *url;

	if (node->kind == YAML_IS_MAP) {
		url_node = yaml_tree_get(node, "url");
		shape_node = yaml_tree_get(node, "shape");
		for (size_t i = 0; i < node->count; i++)
			if (node->entries[i].value != url_node &&
			    node->entries[i].value != shape_node)
				alert_sections_unknown_key(
				    r, label, &node->entries[i], "url, shape");
	}
	if (!url_node) {
		(void)value_fault(r, label, node->origin, "no url is given");
		return;
	}
	if (!value_ascii(r, label, url_node, false, &url))
		return;
	shape = shape_of_url(url);
	/* Who has the URL of such a webhook may write there: it is a secret as a whole. */
	if (shape != ALERT_JSON)
		address_warn_written_secret(r, label, url_node);
	else
		address_warn_written_password(r, label, url_node);
	if (!shape_node || read_shape(r, label, shape_node, &shape))
		add_webhook(r, label, url_node, url, shape);
}

void alerts_webhooks(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	for (size_t i = 0; i < yaml_tree_count(node); i++)
		read_webhook(r, label, yaml_tree_item(node, i));
}

/* ---- mail ---- */

static bool is_address(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at > text && at[1] && !strpbrk(text, " \t<>,;\"") && strlen(text) <= 254;
}

/* "a@b.example,c@d.example" of one or a list. */
static bool read_addresses(
    struct reading *r, const char *label, const struct yaml_node *node, char **out)
{
	size_t count = yaml_tree_count(node);
	const char *all = "";

	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = yaml_tree_item(node, i);
		char *one;

		if (!value_ascii(r, label, item, false, &one))
			return false;
		if (!is_address(one))
			return value_fault(
			    r, label, item->origin, "'%.60s' is not a mail address", one);
		all = arena_printf(r->arena, "%s%s%s", all, *all ? "," : "", one);
	}
	*out = (char *)all;
	return *all != '\0';
}

static bool read_mail_key(struct reading *r, const char *label, const struct yaml_entry *entry,
    struct alert_destination *mail)
{
	const char *name = arena_printf(r->arena, "%s.%s", label, entry->key);

	if (strcmp(entry->key, "to") == 0)
		return read_addresses(r, name, entry->value, &mail->to);
	if (strcmp(entry->key, "from") == 0)
		return read_addresses(r, name, entry->value, &mail->from);
	if (strcmp(entry->key, "smtp") == 0) {
		if (!value_ascii(r, name, entry->value, false, &mail->url))
			return false;
		address_warn_written_password(r, name, entry->value);
		return true;
	}
	if (strcmp(entry->key, "sendmail") == 0)
		return value_text(r, name, entry->value, &mail->sendmail);
	alert_sections_unknown_key(r, label, entry, "to, from, smtp, sendmail");
	return true;
}

/* What is wrong with a mail destination as a whole; NULL: nothing. */
static const char *mail_fault(const struct alert_destination *mail)
{
	if (!mail->to)
		return "no `to` is given";
	if (mail->url && strncmp(mail->url, "smtp://", 7) != 0 &&
	    strncmp(mail->url, "smtps://", 8) != 0)
		return "smtp: expected a URL that begins with smtps:// or smtp://";
	if (mail->sendmail && *mail->sendmail != '/')
		return "sendmail: expected a path that begins with /";
	return NULL;
}

static void add_mail(struct reading *r, const char *label, const struct yaml_node *node,
    struct alert_destination *mail)
{
	struct alert_destination *added = alert_sections_add(r, label, node, ALERT_MAIL, mail->to);

	if (!added)
		return;
	mail->name = added->name;
	mail->shape = ALERT_MAIL;
	if (!mail->from)
		mail->from = arena_copy(r->arena, "sideways@localhost");
	if (!mail->sendmail && !mail->url)
		mail->sendmail = arena_copy(r->arena, "/usr/sbin/sendmail");
	*added = *mail;
}

void alerts_email(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct alert_destination mail = { 0 };
	const char *fault;

	if (node->kind != YAML_IS_MAP) {
		(void)value_fault(
		    r, label, node->origin, "expected a map, such as {to: ops@example.org}");
		return;
	}
	for (size_t i = 0; i < node->count; i++)
		if (!read_mail_key(r, label, &node->entries[i], &mail))
			return;
	fault = mail_fault(&mail);
	if (fault)
		(void)value_fault(r, label, node->origin, "%s", fault);
	else
		add_mail(r, label, node, &mail);
}

/* ---- which ---- */

void alerts_budget_percent(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	size_t count = yaml_tree_count(node);
	const char *json = "[";

	if (count > PERCENTS_MAX) {
		(void)value_fault(r, label, node->origin, "at most %d thresholds", PERCENTS_MAX);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		int64_t percent;

		if (!value_whole(r, label, yaml_tree_item(node, i), 1, 100, &percent))
			return;
		json = arena_printf(r->arena, "%s%s%lld", json, i ? "," : "", (long long)percent);
	}
	r->settings->alerts.budget_percents = arena_printf(r->arena, "%s]", json);
}

void alerts_off(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	size_t count = yaml_tree_count(node), names = 0;
	char **off = arena_alloc(r->arena, (count + 1) * sizeof *off);

	while (alert_rule_names[names])
		names++;
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = yaml_tree_item(node, i);
		size_t at = 0;

		if (!value_text(r, label, item, &off[i]))
			return;
		while (alert_rule_names[at] && strcmp(alert_rule_names[at], off[i]) != 0)
			at++;
		if (!alert_rule_names[at]) {
			const char *nearest = settings_nearest(off[i], alert_rule_names, names);

			(void)value_fault(r, label, item->origin,
			    "there is no rule '%.40s' (nearest: %s)", off[i],
			    nearest ? nearest : "fallback_rate");
			return;
		}
	}
	r->settings->alerts.off = off;
	r->settings->alerts.off_count = count;
}

/* ---- LiteLLM's way ---- */

static void of_litellm(struct reading *r, const char *label, const struct yaml_node *node)
{
	static const struct {
		const char *name, *variable;
		enum alert_shape shape;
	} known[] = { { "slack", "os.environ/SLACK_WEBHOOK_URL", ALERT_SLACK },
		{ "webhook", "os.environ/WEBHOOK_URL", ALERT_LITELLM } };
	char *name, *url;

	if (!value_text(r, label, node, &name))
		return;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct yaml_node variable = *node;

		if (strcmp(known[i].name, name) != 0)
			continue;
		variable.text = known[i].variable;
		variable.plain = true;
		if (!value_variable(r, strchr(known[i].variable, '/') + 1))
			value_warn(r, label, node->origin,
			    "%s has no URL, because %s is not set; it gets no alerts", name,
			    strchr(known[i].variable, '/') + 1);
		else if (value_ascii(r, label, &variable, false, &url))
			add_webhook(r, label, node, url,
			    known[i].shape == ALERT_SLACK && shape_of_url(url) != ALERT_JSON
				? shape_of_url(url)
				: known[i].shape);
		return;
	}
	value_note(r, label, node->origin,
	    "'%.40s' is not used: sideways_settings.alerts has webhooks and email", name);
}

void alerts_of_litellm(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	for (size_t i = 0; i < yaml_tree_count(node); i++)
		of_litellm(r, label, yaml_tree_item(node, i));
}

void alerts_defaults(struct reading *r)
{
	r->settings->alerts.budget_percents = arena_copy(r->arena, "[50,80,100]");
}
