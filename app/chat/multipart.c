/*
 * Multipart bodies.  See the header.
 *
 * What two readers could read differently is refused: a part without a name or with two, a name
 * with an escape or a quote, an encoding of its own, a line that ends with less than CRLF where it
 * would matter.
 */
#include "chat/multipart.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define BOUNDARY_MAX   70 /* RFC 2046 */
#define NAME_MAX_BYTES 128

const char *multipart_boundary(const char *content_type, struct arena *arena)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'()+_,-./:=?";
	const char *at = content_type;
	size_t len;

	if (!at || strncasecmp(at, "multipart/form-data", 19) != 0)
		return NULL;
	at = strcasestr(at, "boundary=");
	if (!at)
		return NULL;
	at += 9;
	len = *at == '"' ? strcspn(++at, "\"") : strcspn(at, "; \t");
	if (len == 0 || len > BOUNDARY_MAX || strspn(at, plain) < len)
		return NULL;
	return arena_copy_slice(arena, (struct slice){ at, len });
}

static struct slice find(struct slice in, struct slice what)
{
	const char *at = in.ptr && what.ptr ? memmem(in.ptr, in.len, what.ptr, what.len) : NULL;

	return at ? (struct slice){ at, in.len - (size_t)(at - in.ptr) }
		  : (struct slice){ NULL, 0 };
}

/* The value behind "=", between quotes or up to the next parameter: returns its end, which in
 * quotes is the second of them; NULL: there is none. */
static const char *value_end(const char *at, const char *end, bool quoted)
{
	for (; at < end && *at != (quoted ? '"' : ';'); at++)
		if (quoted && *at == '\\')
			at++;
	return at > end || (quoted && at == end) ? NULL : at;
}

/* One parameter at `at`.  Returns what follows it, or NULL when this is none. */
static const char *next_parameter(
    const char *at, const char *end, struct slice *name, struct slice *value)
{
	const char *equals = memchr(at, '=', (size_t)(end - at)), *stop;
	bool quoted;

	while (at < end && *at == ' ')
		at++;
	if (!equals || equals < at)
		return NULL;
	*name = (struct slice){ at, (size_t)(equals - at) };
	quoted = equals + 1 < end && equals[1] == '"';
	value->ptr = equals + 1 + quoted;
	stop = value_end(value->ptr, end, quoted);
	if (!stop)
		return NULL;
	value->len = (size_t)(stop - value->ptr);
	stop += quoted;
	return stop == end || *stop == ';' ? stop : NULL;
}

/* "form-data; name="image[]"; filename="a.png"". */
static bool read_parameters(const char *at, const char *end, struct multipart_part *part)
{
	struct slice name, value;

	while (at && at < end) {
		at = next_parameter(at + 1, end, &name, &value);
		if (!at)
			return false;
		if (name.len == 4 && strncasecmp(name.ptr, "name", 4) == 0) {
			if (part->name.ptr || !value.len || value.len > NAME_MAX_BYTES ||
			    memchr(value.ptr, '\\', value.len))
				return false;
			part->name = value;
		} else if (name.len >= 8 && strncasecmp(name.ptr, "filename", 8) == 0) {
			part->file = true;
		} else {
			return false;
		}
	}
	return part->name.ptr != NULL;
}

static int read_disposition(struct slice line, struct multipart_part *part, struct error *err)
{
	const char *end = line.ptr + line.len, *at = memchr(line.ptr, ';', line.len);

	if (part->name.ptr || !at || !read_parameters(at, end, part))
		return error_set(err, ERROR_BAD_REQUEST,
		    "the form has a part without one plain name in its Content-Disposition");
	return 0;
}

static bool line_is(struct slice line, const char *name)
{
	size_t len = strlen(name);

	return line.len >= len && strncasecmp(line.ptr, name, len) == 0;
}

/* "Name: value" without a control character: one that is folded, or ended by a bare line feed, is
 * two lines to some. */
static bool is_head_line(struct slice line)
{
	size_t name = 0;

	while (name < line.len && (isalnum((unsigned char)line.ptr[name]) ||
				      strchr("!#$%&'*+-.^_`|~", line.ptr[name])))
		name++;
	for (size_t i = 0; i < line.len; i++)
		if (((unsigned char)line.ptr[i] < ' ' && line.ptr[i] != '\t') ||
		    line.ptr[i] == 0x7f)
			return false;
	return name > 0 && name < line.len && line.ptr[name] == ':';
}

static bool is_as_it_is(struct slice line)
{
	const char *at = (const char *)memchr(line.ptr, ':', line.len) + 1,
		   *end = line.ptr + line.len;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (end - at == 6 && strncasecmp(at, "binary", 6) == 0) ||
	       (end - at == 4 && strncasecmp(at, "8bit", 4) == 0);
}

static int read_head_line(struct slice line, struct multipart_part *part, struct error *err)
{
	if (!is_head_line(line))
		return error_set(err, ERROR_BAD_REQUEST,
		    "the form has a part whose head has a line that is not 'Name: value' and CRLF");
	if (line_is(line, "content-disposition:"))
		return read_disposition(line, part, err);
	if (line_is(line, "content-transfer-encoding:") && !is_as_it_is(line))
		return error_set(err, ERROR_BAD_REQUEST,
		    "the form has a part with a Content-Transfer-Encoding; send it as it is");
	return 0;
}

/* The lines up to the empty one. */
static int read_head(struct slice head, struct multipart_part *part, struct error *err)
{
	while (head.ptr && head.len > 0) {
		const char *end = memmem(head.ptr, head.len, "\r\n", 2);
		size_t len = end ? (size_t)(end - head.ptr) : head.len;

		if (read_head_line((struct slice){ head.ptr, len }, part, err) != 0)
			return -1;
		head.ptr += len + (end ? 2 : 0);
		head.len -= len + (end ? 2 : 0);
	}
	return part->name.ptr ? 0
			      : error_set(err, ERROR_BAD_REQUEST,
				    "the form has a part without a name (Content-Disposition)");
}

static int read_part(
    struct slice whole, size_t line, struct multipart_part *part, struct error *err)
{
	struct slice rest = { whole.ptr + line, whole.len - line };
	struct slice gap = find(rest, slice_of("\r\n\r\n"));

	*part = (struct multipart_part){ .whole = whole };
	if (!gap.ptr)
		return error_set(
		    err, ERROR_BAD_REQUEST, "the form has a part without a head's empty line");
	part->value = (struct slice){ gap.ptr + 4, gap.len - 4 };
	return read_head((struct slice){ rest.ptr, (size_t)(gap.ptr - rest.ptr) }, part, err);
}

/* The next one, with the CRLF before it.  Behind a bare CR or LF it is one to some readers alone.
 */
static int find_boundary(
    struct slice in, struct slice between, struct slice *out, struct error *err)
{
	const struct slice bare = { between.ptr + 2, between.len - 2 };

	for (struct slice at = find(in, bare); at.ptr; at.ptr++, at.len--, at = find(at, bare)) {
		if (at.ptr >= in.ptr + 2 && memcmp(at.ptr - 2, "\r\n", 2) == 0) {
			*out = (struct slice){ at.ptr - 2, at.len + 2 };
			return 0;
		}
		if (at.ptr[-1] == '\n' || at.ptr[-1] == '\r')
			return error_set(err, ERROR_BAD_REQUEST,
			    "the form has its boundary in a line that does not begin after CRLF; "
			    "choose a boundary that is nowhere in the parts");
	}
	return error_set(err, ERROR_BAD_REQUEST, "the form ends within a part: it was cut");
}

int multipart_read(struct slice body, const char *boundary, struct arena *arena,
    struct multipart_part **out, size_t *out_count, struct error *err)
{
	struct slice opening = slice_of(arena_printf(arena, "--%s\r\n", boundary)),
		     between = slice_of(arena_printf(arena, "\r\n--%s", boundary)),
		     next = { NULL, 0 };

	*out = arena_alloc(arena, MULTIPART_PARTS_MAX * sizeof **out);
	*out_count = 0;
	if (!slice_begins(body, opening.ptr))
		return error_set(err, ERROR_BAD_REQUEST,
		    "the body does not begin with the boundary that its Content-Type names");
	for (;;) {
		if (find_boundary((struct slice){ body.ptr + opening.len, body.len - opening.len },
			between, &next, err) != 0)
			return -1;
		if (*out_count == MULTIPART_PARTS_MAX)
			return error_set(err, ERROR_BAD_REQUEST, "the form has more than %d parts",
			    MULTIPART_PARTS_MAX);
		if (read_part((struct slice){ body.ptr, (size_t)(next.ptr - body.ptr) },
			opening.len, &(*out)[(*out_count)++], err) != 0)
			return -1;
		next.ptr += between.len;
		next.len -= between.len;
		if (slice_begins(next, "--"))
			return 0;
		if (!slice_begins(next, "\r\n"))
			return error_set(err, ERROR_BAD_REQUEST,
			    "the form has a boundary with other bytes behind it");
		body.ptr = next.ptr - opening.len + 2;
		body.len = next.len + opening.len - 2;
	}
}
