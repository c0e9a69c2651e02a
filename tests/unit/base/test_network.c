/*
 * Addresses and networks: by whom trust is given, so what is not understood holds nothing.
 */
#include "base/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
	const char *network, *address;
	bool holds;
} cases[] = {
	{ "127.0.0.1",      "127.0.0.1",        true },
	{ "127.0.0.1",      "127.0.0.2",        false },
	{ "10.0.0.0/8",     "10.255.1.2",       true },
	{ "10.0.0.0/8",     "11.0.0.0",         false },
	{ "10.1.2.3/8",     "10.9.9.9",         true },
	{ "192.168.4.0/22", "192.168.7.255",    true },
	{ "192.168.4.0/22", "192.168.8.0",      false },
	{ "0.0.0.0/0",      "8.8.8.8",          true },
	{ "::1",            "::1",              true },
	{ "fd00::/8",       "fdff::1",          true },
	{ "fd00::/8",       "fe80::1",          false },
	{ "127.0.0.0/8",    "::ffff:127.0.0.9", true },  /* IPv4 in IPv6's clothes */
	{ "::/0",           "127.0.0.1",        false },
	{ "10.0.0.0/33",    "10.0.0.1",         false },
	{ "10.0.0.0/-1",    "10.0.0.1",         false },
	{ "10.0.0.0/",      "10.0.0.1",         false },
	{ "10.0.0",         "10.0.0.1",         false },
	{ "",               "10.0.0.1",         false },
	{ "10.0.0.0/8",     "",                 false },
	{ "10.0.0.0/8",     "10.0.0.1, 1.2.3.4", false },
	{ "10.0.0.0/8",     "ten",              false },
};
/* clang-format on */

static void test_an_address_is_in_a_network_or_not(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (network_holds(cases[i].network, cases[i].address) != cases[i].holds)
			fail_msg("%s, %s", cases[i].network, cases[i].address);
}

static void test_networks_are_checked(void **state)
{
	assert_true(network_is_valid("10.0.0.0/8"));
	assert_true(network_is_valid("fd00::/8"));
	assert_true(network_is_valid("::1"));
	assert_false(network_is_valid("10.0.0.0/33"));
	assert_false(network_is_valid("fd00::/129"));
	assert_false(network_is_valid("10.0.0.0/8x"));
	assert_false(network_is_valid("host"));
	assert_false(network_is_valid(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_in_a_network_or_not),
		cmocka_unit_test(test_networks_are_checked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
