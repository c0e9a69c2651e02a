/*
 * The table of what to change where.
 */
#include "doctor/doctor.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* clang-format off */
static const struct advice {
	enum trouble trouble;
	enum server_kind server;
	const char *change;
} advices[] = {
	{ TROUBLE_BUFFERED, SERVER_LIGHTTPD,     "lighttpd.conf: server.stream-response-body = 2" },
	{ TROUBLE_BUFFERED, SERVER_APACHE_PROXY, "Apache: add flushpackets=on to the ProxyPass line" },
	{ TROUBLE_BUFFERED, SERVER_APACHE_FCGID, "Apache: FcgidOutputBufferSize 0 (server or VirtualHost, not .htaccess)" },
	{ TROUBLE_BUFFERED, SERVER_APACHE_CGI,   "Apache or .htaccess: SetEnv no-gzip 1" },
	{ TROUBLE_BUFFERED, SERVER_NGINX,        "nginx: fastcgi_buffering off; and remove fastcgi_ignore_headers X-Accel-Buffering;" },
	{ TROUBLE_BUFFERED, SERVER_CADDY,        "Caddyfile: flush_interval -1 in the reverse_proxy block" },
	{ TROUBLE_BUFFERED, SERVER_UNKNOWN,      "switch off response buffering for this path in the server or CDN in front" },

	{ TROUBLE_COMPRESSED, SERVER_LIGHTTPD,     "lighttpd.conf: leave \"text/event-stream\" and \"text/\" out of deflate.mimetypes" },
	{ TROUBLE_COMPRESSED, SERVER_APACHE_PROXY, "Apache: SetEnv no-gzip 1 and SetEnv no-brotli 1 in the <Location>" },
	{ TROUBLE_COMPRESSED, SERVER_APACHE_FCGID, "Apache: SetEnv no-gzip 1 and SetEnv no-brotli 1 in the <Location>" },
	{ TROUBLE_COMPRESSED, SERVER_APACHE_CGI,   "Apache or .htaccess: SetEnv no-gzip 1 and SetEnv no-brotli 1" },
	{ TROUBLE_COMPRESSED, SERVER_NGINX,        "nginx: leave text/event-stream out of gzip_types, and fastcgi_buffering off;" },
	{ TROUBLE_COMPRESSED, SERVER_CADDY,        "Caddyfile: leave text/event-stream out of encode" },
	{ TROUBLE_COMPRESSED, SERVER_UNKNOWN,      "switch off compression of text/event-stream" },

	{ TROUBLE_AUTHORIZATION, SERVER_LIGHTTPD,     "lighttpd.conf: remove what unsets or uses up Authorization (mod_setenv, auth.require)" },
	{ TROUBLE_AUTHORIZATION, SERVER_APACHE_PROXY, "Apache: CGIPassAuth On in the <Location>" },
	{ TROUBLE_AUTHORIZATION, SERVER_APACHE_FCGID, "Apache: CGIPassAuth On in the <Location>" },
	{ TROUBLE_AUTHORIZATION, SERVER_APACHE_CGI,   "Apache or .htaccess: CGIPassAuth On" },
	{ TROUBLE_AUTHORIZATION, SERVER_NGINX,        "nginx: remove fastcgi_param HTTP_AUTHORIZATION or fastcgi_pass_request_headers off" },
	{ TROUBLE_AUTHORIZATION, SERVER_CADDY,        "Caddyfile: remove header_up -Authorization" },
	{ TROUBLE_AUTHORIZATION, SERVER_UNKNOWN,      "let the Authorization header pass; until then clients can send x-api-key" },

	{ TROUBLE_BODY_LIMIT, SERVER_LIGHTTPD,     "lighttpd.conf: server.max-request-size = 33792 (kilobytes)" },
	{ TROUBLE_BODY_LIMIT, SERVER_APACHE_PROXY, "Apache: LimitRequestBody 0" },
	{ TROUBLE_BODY_LIMIT, SERVER_APACHE_FCGID, "Apache: FcgidMaxRequestLen 34603008 (bytes; server or VirtualHost), LimitRequestBody 0" },
	{ TROUBLE_BODY_LIMIT, SERVER_APACHE_CGI,   "Apache or .htaccess: LimitRequestBody 0" },
	{ TROUBLE_BODY_LIMIT, SERVER_NGINX,        "nginx: client_max_body_size 32m;" },
	{ TROUBLE_BODY_LIMIT, SERVER_CADDY,        "Caddyfile: request_body { max_size 34MB }" },
	{ TROUBLE_BODY_LIMIT, SERVER_UNKNOWN,      "raise the limit of request bodies to sideways_settings.max_body_mb" },

	{ TROUBLE_CHUNKED, SERVER_LIGHTTPD,     "lighttpd.conf: server.stream-request-body = 0" },
	{ TROUBLE_CHUNKED, SERVER_APACHE_PROXY, "Apache: SetEnv proxy-sendcl 1 in the <Location>" },
	{ TROUBLE_CHUNKED, SERVER_NGINX,        "nginx: fastcgi_request_buffering on;" },
	{ TROUBLE_CHUNKED, SERVER_UNKNOWN,      "let the server take bodies with Transfer-Encoding: chunked" },

	{ TROUBLE_CUT, SERVER_LIGHTTPD,     "lighttpd.conf: remove read-timeout from fastcgi.server, or raise it to 660" },
	{ TROUBLE_CUT, SERVER_APACHE_PROXY, "Apache: timeout=660 on the ProxyPass line" },
	{ TROUBLE_CUT, SERVER_APACHE_FCGID, "Apache: FcgidIOTimeout 660 and FcgidBusyTimeout 3600 (server or VirtualHost)" },
	{ TROUBLE_CUT, SERVER_APACHE_CGI,   "Apache: CGIDScriptTimeout 660 (server or VirtualHost)" },
	{ TROUBLE_CUT, SERVER_NGINX,        "nginx: fastcgi_read_timeout 660s;" },
	{ TROUBLE_CUT, SERVER_CADDY,        "Caddyfile: read_timeout 660s in transport fastcgi" },
	{ TROUBLE_CUT, SERVER_UNKNOWN,      "raise the time that the server or CDN in front waits for an answer; streams are not affected" },

	{ TROUBLE_CACHED, SERVER_APACHE_PROXY, "Apache: CacheDisable \"/\"" },
	{ TROUBLE_CACHED, SERVER_APACHE_FCGID, "Apache: CacheDisable \"/\"" },
	{ TROUBLE_CACHED, SERVER_APACHE_CGI,   "Apache: CacheDisable \"/\"" },
	{ TROUBLE_CACHED, SERVER_NGINX,        "nginx: fastcgi_cache off;" },
	{ TROUBLE_CACHED, SERVER_UNKNOWN,      "exclude this path from the cache in front" },

	{ TROUBLE_HTTPS_UNSEEN, SERVER_LIGHTTPD,     "lighttpd.conf: mod_extforward with extforward.headers = (\"X-Forwarded-For\") for the proxy's address" },
	{ TROUBLE_HTTPS_UNSEEN, SERVER_APACHE_PROXY, "Apache: SetEnvIf X-Forwarded-Proto \"^https$\" HTTPS=on" },
	{ TROUBLE_HTTPS_UNSEEN, SERVER_APACHE_FCGID, "Apache: SetEnvIf X-Forwarded-Proto \"^https$\" HTTPS=on" },
	{ TROUBLE_HTTPS_UNSEEN, SERVER_APACHE_CGI,   "Apache or .htaccess: SetEnvIf X-Forwarded-Proto \"^https$\" HTTPS=on" },
	{ TROUBLE_HTTPS_UNSEEN, SERVER_NGINX,        "nginx: fastcgi_param HTTPS on; in the server that only the TLS proxy reaches" },
	{ TROUBLE_HTTPS_UNSEEN, SERVER_UNKNOWN,      "let the server set HTTPS=on for requests that came by TLS" },
};
/* clang-format on */

const char *doctor_advice(const struct doctor *doctor, enum trouble trouble)
{
	const char *general = NULL;

	for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
		if (advices[i].trouble != trouble)
			continue;
		if (advices[i].server == doctor->server)
			return advices[i].change;
		if (advices[i].server == SERVER_UNKNOWN)
			general = advices[i].change;
	}
	return general;
}

enum server_kind doctor_server_kind(const char *software, const char *way)
{
	if (!software)
		return SERVER_UNKNOWN;
	if (strncasecmp(software, "lighttpd", 8) == 0)
		return SERVER_LIGHTTPD;
	if (strncasecmp(software, "nginx", 5) == 0)
		return SERVER_NGINX;
	if (strncasecmp(software, "caddy", 5) == 0)
		return SERVER_CADDY;
	if (strncasecmp(software, "apache", 6) != 0)
		return SERVER_UNKNOWN;
	if (!way || strcmp(way, "proxy") == 0)
		return SERVER_APACHE_PROXY;
	return strcmp(way, "cgi") == 0 ? SERVER_APACHE_CGI : SERVER_APACHE_FCGID;
}

const char *doctor_server_name(enum server_kind kind)
{
	static const char *const names[] = { "an unknown server", "lighttpd",
		"Apache with mod_proxy_fcgi", "Apache with mod_fcgid", "Apache with CGI", "nginx",
		"Caddy" };

	return names[kind];
}
