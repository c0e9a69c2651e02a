/*
 * The only place where running out of memory is noticed.  See the header.
 */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static void alloc_give_up(void)
{
	static const char line[] =
	    "{\"level\":\"error\",\"event\":\"memory\",\"message\":\"out of memory\"}\n";

	(void)!write(
	    STDERR_FILENO, line, sizeof line - 1); /* nobody is left to tell when this fails */
	_exit(70);
}

void *alloc_zero(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		alloc_give_up();
	return memory;
}

void *alloc_grow(void *old, size_t count, size_t size)
{
	void *memory = reallocarray(old, count ? count : 1, size ? size : 1);

	if (!memory)
		alloc_give_up();
	return memory;
}

char *alloc_copy(const char *text)
{
	return text ? alloc_copy_bytes(text, strlen(text)) : NULL;
}

char *alloc_copy_bytes(const char *bytes, size_t n)
{
	char *copy = alloc_grow(NULL, n + 1, 1);

	if (n)
		memcpy(copy, bytes, n);
	copy[n] = '\0';
	return copy;
}

char *alloc_printf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		alloc_give_up();
	va_end(ap);
	return text;
}

void alloc_free_secret(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void alloc_cleanup(void *pointer_to_pointer)
{
	void *memory;

	memcpy(&memory, pointer_to_pointer, sizeof memory);
	free(memory);
}
