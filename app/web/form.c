/*
 * Queries, forms and cookies.  See the header.
 */
#include "web/form.h"

#include <string.h>

#include "base/utf8.h"

#include "base/banned.h"

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool is_utf8(const char *bytes, size_t len)
{
	for (size_t i = 0, step; i < len; i += step) {
		step = utf8_length(bytes + i, len - i);
		if (step == 0)
			return false;
	}
	return true;
}

static const char *form_decode(struct slice raw, struct arena *arena, struct error *err)
{
	char *out = arena_alloc(arena, raw.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.ptr[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = i + 2 < raw.len ? hex_value(raw.ptr[i + 1]) : -1;
			int low = i + 2 < raw.len ? hex_value(raw.ptr[i + 2]) : -1;

			if (high < 0 || low < 0) {
				(void)error_set(err, ERROR_BAD_REQUEST,
				    "form: '%%' is not followed by two hex digits");
				return NULL;
			}
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == '\0') {
			(void)error_set(err, ERROR_BAD_REQUEST, "form: a zero byte");
			return NULL;
		}
		out[len++] = c;
	}
	if (!is_utf8(out, len)) {
		(void)error_set(err, ERROR_BAD_REQUEST, "form: text that is not UTF-8");
		return NULL;
	}
	return out;
}

/* "name=value" up to the next '&'. */
static int take_field(
    struct slice pair, struct arena *arena, struct form_field *out, struct error *err)
{
	const char *mark = memchr(pair.ptr, '=', pair.len);
	size_t name_len = mark ? (size_t)(mark - pair.ptr) : pair.len;
	size_t value_at = mark ? name_len + 1 : pair.len;

	out->name = form_decode((struct slice){ pair.ptr, name_len }, arena, err);
	out->value = out->name
			 ? form_decode((struct slice){ pair.ptr + value_at, pair.len - value_at },
			       arena, err)
			 : NULL;
	return out->value ? 0 : -1;
}

int form_parse(struct slice encoded, struct arena *arena, struct form *out, struct error *err)
{
	*out = (struct form){ .fields = arena_alloc(arena, FORM_FIELDS_MAX * sizeof *out->fields) };
	while (encoded.len) {
		const char *mark = memchr(encoded.ptr, '&', encoded.len);
		size_t len = mark ? (size_t)(mark - encoded.ptr) : encoded.len;

		if (len > 0) {
			if (out->count == FORM_FIELDS_MAX)
				return error_set(err, ERROR_BAD_REQUEST,
				    "form: more than %d fields", FORM_FIELDS_MAX);
			if (take_field((struct slice){ encoded.ptr, len }, arena,
				&out->fields[out->count], err) < 0)
				return -1;
			out->count++;
		}
		len += mark ? 1 : 0;
		encoded = (struct slice){ encoded.ptr + len, encoded.len - len };
	}
	return 0;
}

const char *form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	return NULL;
}

const char *form_text(const struct form *form, const char *name, struct arena *arena)
{
	const char *value = form_get(form, name);
	size_t len;

	if (!value)
		return NULL;
	value += strspn(value, " \t\r\n");
	len = strlen(value);
	while (len > 0 && strchr(" \t\r\n", value[len - 1]))
		len--;
	return len ? arena_copy_slice(arena, (struct slice){ value, len }) : NULL;
}

bool form_is_set(const struct form *form, const char *name)
{
	const char *value = form_get(form, name);

	return value && value[0];
}

static bool is_among(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = names; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == len && memcmp(at, name, len) == 0)
			return true;
	return false;
}

int form_only(const struct form *form, const char *names, struct error *err)
{
	for (size_t i = 0; i < form->count; i++)
		if (!is_among(names, form->fields[i].name))
			return error_set(err, ERROR_BAD_REQUEST,
			    "form: there is no field '%.60s' here", form->fields[i].name);
	return 0;
}

const char *form_cookie(const char *header, const char *name, struct arena *arena)
{
	size_t len = strlen(name);
	const char *found = NULL;

	for (const char *at = header; at && *at;) {
		at += strspn(at, "; \t");
		size_t pair = strcspn(at, ";");

		if (pair > len && at[len] == '=' && memcmp(at, name, len) == 0) {
			if (found)
				return NULL;
			found =
			    arena_copy_slice(arena, (struct slice){ at + len + 1, pair - len - 1 });
		}
		at += pair;
	}
	return found;
}

static const char *encode(const char *value, const char *stays, struct arena *arena)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	char *out = arena_alloc(arena, strlen(value) * 3 + 1);
	size_t len = 0;

	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (strchr(plain, c) || strchr(stays, c)) {
			out[len++] = (char)c;
			continue;
		}
		out[len++] = '%';
		out[len++] = "0123456789ABCDEF"[c >> 4];
		out[len++] = "0123456789ABCDEF"[c & 15];
	}
	return out;
}

const char *form_encode(const char *value, struct arena *arena)
{
	return encode(value, "", arena);
}

const char *form_encode_path(const char *path, struct arena *arena)
{
	return encode(path, "/", arena);
}
