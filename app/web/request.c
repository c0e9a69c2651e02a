/*
 * Looking at a request: its variables, its key, whether its client is still there.
 *
 * A client that leaves is seen in three ways: its connection has ended; the server sent an abort
 * record; under CGI a signal came (web/client_signal.h).  Behind some servers none of them comes
 * before something is written.
 */
#include "web/request.h"

#include <errno.h>
#include <fastcgi.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "web/client_signal.h"

#include "base/banned.h"

/* Longer keys are nobody's: those of providers have up to 200 characters. */
#define KEY_BYTES_MAX 512

void web_request_take(struct web_request *request, const char *const *environment)
{
	size_t count = 0;

	while (environment[count])
		count++;
	request->variables = arena_room(request->arena, count * sizeof *request->variables);
	request->variable_count = 0;
	for (; *environment; environment++) {
		const char *mark = strchr(*environment, '=');

		if (mark)
			request->variables[request->variable_count++] = (struct web_variable){
				.name = { *environment, (size_t)(mark - *environment) },
				.value = mark + 1
			};
	}
	web_request_index(request);
}

/* Two dozen variables are looked for in each request, by length and last letter. */
static size_t variable_place(struct slice name)
{
	size_t last = name.len ? (unsigned char)name.ptr[name.len - 1] : 0;

	return (name.len + 7 * last) % WEB_VARIABLE_PLACES;
}

void web_request_index(struct web_request *request)
{
	memset(request->places, 0, sizeof request->places);
	for (size_t i = request->variable_count; i-- > 0;) {
		struct web_variable *variable = &request->variables[i];
		const struct web_variable **place =
		    &request->places[variable_place(variable->name)];

		variable->next = *place;
		*place = variable;
	}
}

static const struct web_variable *first_named(
    const struct web_variable *variable, struct slice name)
{
	while (variable && !slice_equal(variable->name, name))
		variable = variable->next;
	return variable;
}

const struct web_variable *web_request_first(const struct web_request *request, struct slice name)
{
	return first_named(request->places[variable_place(name)], name);
}

const struct web_variable *web_request_next(const struct web_variable *variable)
{
	return first_named(variable->next, variable->name);
}

const char *web_request_list(const struct web_request *request, const char *name)
{
	const struct web_variable *line = web_request_first(request, slice_of(name));
	const char *list = line ? line->value : NULL;

	while (line && (line = web_request_next(line)) != NULL)
		list = arena_printf(request->arena, "%s,%s", list, line->value);
	return list;
}

const char *web_request_way(const struct web_request *request)
{
	const char *file = web_request_variable(request, "SCRIPT_FILENAME");

	if (request->client_fd < 0)
		return "cgi";
	return file && strncmp(file, "proxy:", 6) == 0 ? "proxy" : "fastcgi";
}

/* After internal redirects Apache puts REDIRECT_ before names, once for each. */
#define KEY_HEADER(name, bearer)                                                                   \
	{ SLICE(name), bearer }, { SLICE("REDIRECT_" name), bearer },                              \
	{                                                                                          \
		SLICE("REDIRECT_REDIRECT_" name), bearer                                           \
	}
static const struct key_header {
	struct slice variable;
	bool bearer; /* the value is "Bearer KEY" */
} key_headers[] = {
	KEY_HEADER("HTTP_AUTHORIZATION", true),
	KEY_HEADER("HTTP_X_API_KEY", false),
	KEY_HEADER("HTTP_API_KEY", false),
	KEY_HEADER("HTTP_X_GOOG_API_KEY", false),
};

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " \t");
}

/* The key in a header's value, or NULL when the value holds none ("", "Basic ..."). */
static const char *key_in(const char *value, bool bearer)
{
	value = skip_spaces(value);
	if (bearer) {
		if (strncasecmp(value, "bearer", 6) != 0 || (value[6] != ' ' && value[6] != '\t'))
			return NULL;
		value = skip_spaces(value + 6);
	}
	return value[0] ? value : NULL;
}

/* Trailing spaces are not part of a key; the length without them. */
static size_t key_length(const char *key)
{
	size_t len = strlen(key);

	while (len && (key[len - 1] == ' ' || key[len - 1] == '\t'))
		len--;
	return len;
}

static int check_key(struct slice key, struct error *err)
{
	if (key.len > KEY_BYTES_MAX)
		return error_set(err, ERROR_UNAUTHENTICATED, "the key has %zu bytes, limit %d",
		    key.len, KEY_BYTES_MAX);
	for (size_t i = 0; i < key.len; i++)
		if (key.ptr[i] <= ' ' || key.ptr[i] > '~')
			return error_set(err, ERROR_UNAUTHENTICATED,
			    "the key holds a space or a byte that is not printable ASCII (two "
			    "headers joined by "
			    "the web server look like this)");
	return 0;
}

/* Apache hides Authorization from programs unless it is told otherwise. */
static void set_no_key(const struct web_request *request, struct error *err)
{
	const char *server = web_request_variable(request, "SERVER_SOFTWARE");

	if (web_request_variable(request, "HTTP_AUTHORIZATION"))
		error_set(
		    err, ERROR_UNAUTHENTICATED, "the Authorization header is not 'Bearer KEY'");
	else if (server && strncasecmp(server, "Apache", 6) == 0)
		error_set(err, ERROR_UNAUTHENTICATED,
		    "no key was sent: send 'Authorization: Bearer KEY' or 'x-api-key: KEY'. Apache "
		    "hides the Authorization header from programs until 'CGIPassAuth On' stands in "
		    "its configuration or in .htaccess");
	else
		error_set(err, ERROR_UNAUTHENTICATED,
		    "no key was sent: send 'Authorization: Bearer KEY' or 'x-api-key: KEY'");
}

/* LiteLLM's own header wins over all others: programs that are signed in elsewhere (Claude Code)
 * send that credential as Authorization. */
static const char *own_key(const struct web_request *request)
{
	const char *value = web_request_variable(request, "HTTP_X_LITELLM_API_KEY"), *bare;

	if (!value)
		return NULL;
	bare = key_in(value, true);
	return bare ? bare : key_in(value, false);
}

/* "?key=KEY" of Gemini's REST examples, at Gemini's paths alone.  {NULL, 0}: there is none. */
static struct slice key_in_query(const struct web_request *request)
{
	const char *at = request->query;

	if (!request->path || (strncmp(request->path, "/v1beta/", 8) != 0 &&
				  strncmp(request->path, "/v1/models/", 11) != 0))
		return (struct slice){ NULL, 0 };
	for (; at && *at; at = strchr(at, '&') ? strchr(at, '&') + 1 : NULL)
		if (strncmp(at, "key=", 4) == 0 && at[4] && at[4] != '&')
			return (struct slice){ at + 4, strcspn(at + 4, "&") };
	return (struct slice){ NULL, 0 };
}

/* The one key of all headers for keys; found->ptr stays NULL where there is none. */
static int key_in_headers(const struct web_request *request, struct slice *found, struct error *err)
{
	for (size_t i = 0; i < sizeof key_headers / sizeof key_headers[0]; i++) {
		const struct web_variable *line =
		    web_request_first(request, key_headers[i].variable);

		for (; line; line = web_request_next(line)) {
			const char *key = key_in(line->value, key_headers[i].bearer);
			struct slice came = { key, key ? key_length(key) : 0 };

			if (key && found->ptr && !slice_equal(came, *found))
				return error_set(err, ERROR_BAD_REQUEST,
				    "two different keys came in two headers; send one");
			if (key)
				*found = came;
		}
	}
	return 0;
}

const char *web_request_key(const struct web_request *request, struct error *err)
{
	const char *own = own_key(request);
	struct slice found = { own, own ? key_length(own) : 0 };

	if (!own && key_in_headers(request, &found, err) != 0)
		return NULL;
	if (!found.ptr)
		found = key_in_query(request);
	if (!found.ptr) {
		set_no_key(request, err);
		return NULL;
	}
	if (check_key(found, err) < 0)
		return NULL;
	return arena_copy_slice(request->arena, found);
}

bool web_request_client_gone(const struct web_request *request)
{
	unsigned char record[FCGI_HEADER_LEN];

	if (request->detached)
		return false;
	if (request->client_fd < 0)
		return client_signal_came();
	ssize_t got = recv(request->client_fd, record, sizeof record, MSG_PEEK | MSG_DONTWAIT);
	if (got < 0)
		return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
	if (got == 0)
		return true;
	return got == FCGI_HEADER_LEN && record[0] == FCGI_VERSION_1 &&
	       record[1] == FCGI_ABORT_REQUEST;
}
