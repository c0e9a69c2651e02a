/*
 * The certificate authorities of systems other than the one that libcurl was built on.
 */
#include "fetch/authorities.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"

static char root[] = "/tmp/sideways-authorities-XXXXXX";

/* An empty file below root, with its folders. */
static void put(const char *path)
{
	AUTO_FREE char *at = alloc_printf("%s%s", root, path);

	for (char *slash = strchr(at + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(at, 0700);
		*slash = '/';
	}
	FILE *file = fopen(at, "we");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

static void test_each_system_has_its_place(void **state)
{
	static const char *const places[] = { "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem",
		"/var/lib/ca-certificates/ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/certs/ca-certificates.crt" };
	struct authorities_path found;

	(void)state;
	assert_non_null(mkdtemp(root));
	assert_null(authorities_find(root, &found));
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		put(places[i]);
		assert_non_null(authorities_find(root, &found));
		assert_string_equal(found.text + strlen(root), places[i]);
	}
	AUTO_FREE char *remove_all = alloc_printf("rm -rf %s", root);
	assert_int_equal(system(remove_all), 0); /* NOLINT(cert-env33-c): a name of our own */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_system_has_its_place) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
