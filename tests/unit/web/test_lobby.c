/*
 * Connections that no fiber holds: who is woken, whose time has come, who has room, who is spared.
 */
#include "base/held.h"
#include "web/lobby.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#define COUNT 4

static struct lobby lobby;
static struct web_connection *connections[COUNT];
static int peers[COUNT];

/* A carrier that notes what happens at it. */
static struct web_home home, elsewhere;
static uint64_t last;
static int events_seen;

static void note(struct carrier_part *part, uint64_t what, uint32_t events)
{
	last = what;
	events_seen++;
}

static int set_up(void **state)
{
	struct carrier *carrier = carrier_new();
	int ends[2];

	if (!carrier)
		return -1;
	home = (struct web_home){ .part.event = note };
	carrier_add(carrier, &home.part);
	carrier_stop(carrier);
	lobby_init(&lobby);
	for (size_t i = 0; i < COUNT; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0)
			return -1;
		connections[i] = web_connection_new(ends[0], &home);
		peers[i] = ends[1];
		lobby_enter(&lobby, connections[i]);
	}
	return 0;
}

static int tear_down(void **state)
{
	lobby_release(&lobby);
	carrier_free(home.part.carrier);
	for (size_t i = 0; i < COUNT; i++)
		close(peers[i]);
	return 0;
}

static void look(void *ctx)
{
	clock_sleep_ms(1);
}

static int woken(uint64_t *out_data)
{
	events_seen = 0;
	fiber_start(home.part.carrier, look, NULL);
	carrier_run(home.part.carrier); /* until the fiber has ended */
	*out_data = last;
	return events_seen;
}

static void test_who_is_woken_is_claimed_once(void **state)
{
	uint64_t data, other;

	for (size_t i = 0; i < 2; i++)
		lobby_park(&lobby, connections[i], AT_IDLE, 0);
	assert_int_equal(woken(&data), 0);
	assert_int_equal(write(peers[1], "x", 1), 1);
	assert_int_equal(woken(&data), 1);
	assert_ptr_equal(lobby_claim(&lobby, data), connections[1]);
	assert_int_equal(atomic_load(&connections[1]->at), AT_COLLECTING);
	assert_null(lobby_claim(&lobby, data));
	/* Parked again it has another ticket; and who is closed is nobody. */
	lobby_park(&lobby, connections[1], AT_COLLECTING, 0);
	assert_null(lobby_claim(&lobby, data));
	assert_int_equal(woken(&other), 1);
	assert_true(other != data);
	assert_ptr_equal(lobby_claim(&lobby, other), connections[1]);
	lobby_close(&lobby, connections[1]);
	assert_null(lobby_claim(&lobby, other));
	assert_int_equal(lobby_number(&lobby, AT_IDLE), 1);
}

static void test_one_that_has_left_is_woken_when_there_is_room(void **state)
{
	uint64_t data;

	lobby_park(&lobby, connections[0], AT_LEAVING, 0);
	assert_int_equal(woken(&data), 1);
	assert_ptr_equal(lobby_claim(&lobby, data), connections[0]);
}

static void watch_and_park(void *ctx)
{
	fiber_watch(
	    connections[0]->fd, EPOLLIN); /* for its client to leave, while it is answered */
	lobby_park(&lobby, connections[0], AT_IDLE, 0);
}

static void test_one_that_was_watched_before_it_was_ever_parked_stays(void **state)
{
	uint64_t data;

	fiber_start(home.part.carrier, watch_and_park, NULL);
	carrier_run(home.part.carrier);
	assert_int_equal(lobby_number(&lobby, AT_IDLE), 1);
	assert_int_equal(write(peers[0], "x", 1), 1);
	assert_int_equal(woken(&data), 1);
	assert_ptr_equal(lobby_claim(&lobby, data), connections[0]);
}

static void test_those_whose_time_has_come_are_claimed_together(void **state)
{
	struct web_connection *due;

	lobby_park(&lobby, connections[0], AT_COLLECTING, 1000);
	lobby_park(&lobby, connections[1], AT_IDLE, 0); /* for ever */
	lobby_park(&lobby, connections[2], AT_COLLECTING, 3000);
	lobby_park(&lobby, connections[3], AT_LINGERING, 900);
	assert_true(lobby_has_due(&lobby, &home));
	assert_null(lobby_claim_due(&lobby, &home, 899));
	assert_null(lobby_claim_due(&lobby, &elsewhere, 2999));
	due = lobby_claim_due(&lobby, &home, 2999);
	assert_ptr_equal(due, connections[0]);
	assert_ptr_equal(due->next, connections[3]);
	assert_null(due->next->next);
	due = lobby_claim_due(&lobby, &home, 3000);
	assert_ptr_equal(due, connections[2]);
	assert_false(lobby_has_due(&lobby, &home));
}

static bool counts(size_t index, size_t bytes, size_t address)
{
	connections[index]->out.room = bytes; /* as if it had them */
	connections[index]->address = address;
	return lobby_count(&lobby, connections[index], true);
}

static void test_one_address_has_half_of_the_bytes(void **state)
{
	lobby.bytes_max = 1000;
	assert_true(counts(0, 300, 7));
	assert_true(counts(1, 200, 7));
	assert_false(counts(1, 201, 7));
	assert_true(counts(2, 300, 8)); /* another address has its own half */
	assert_true(counts(1, 200, 7));
	assert_true(counts(3, 200, 9));
	assert_false(counts(3, 201, 9)); /* all of them together are full */
	held_add(HELD_ANSWERS, 300);     /* answers count as well */
	assert_false(counts(3, 1, 9));
	held_add(HELD_ANSWERS, -300);
	/* What waits for a request holds nothing, and neither does who is gone. */
	lobby_park(&lobby, connections[0], AT_IDLE, 0);
	assert_true(counts(3, 201, 9));
	lobby_close(&lobby, connections[2]);
	assert_true(counts(1, 500, 7));
	assert_int_equal(lobby.all.bytes, 701);
	assert_int_equal(lobby.all.connections, 2);
}

static void test_one_address_has_half_of_the_connections(void **state)
{
	lobby.connections_max = 3;
	assert_true(counts(0, 1, 7));
	assert_false(counts(1, 1, 7));
	assert_true(counts(1, 1, 8)); /* it was behind a proxy that has said so by now */
	assert_true(counts(2, 1, 9));
	assert_false(counts(3, 1, 10));
	assert_int_equal(lobby.shares[7].connections, 1);
}

static void test_those_that_are_answered_count_by_their_bytes(void **state)
{
	lobby.connections_max = 1;
	lobby.bytes_max = 1000;
	for (size_t i = 0; i < 3; i++) { /* who has come in parts was counted before */
		if (i == 0)
			(void)counts(i, 300, 7);
		connections[i]->out.room = 300;
		connections[i]->address = 7;
		assert_true(lobby_count(&lobby, connections[i], false));
	}
	assert_int_equal(lobby.all.connections, 0);
	assert_int_equal(lobby.shares[7].bytes, 0);
	connections[3]->out.room = 101;
	assert_false(lobby_count(&lobby, connections[3], false));
	lobby_park(&lobby, connections[0], AT_IDLE, 0);
	assert_true(lobby_count(&lobby, connections[3], false));
	assert_int_equal(lobby.all.bytes, 701);
}

static void test_the_idle_are_spared_before_those_with_a_key(void **state)
{
	connections[0]->known = true;
	lobby_park(&lobby, connections[0], AT_COLLECTING, 0);
	lobby_park(&lobby, connections[1], AT_COLLECTING, 0);
	lobby_park(&lobby, connections[2], AT_IDLE, 0);
	lobby_park(&lobby, connections[3], AT_LEAVING, 0);
	assert_ptr_equal(lobby_claim_spare(&lobby), connections[2]);
	assert_ptr_equal(lobby_claim_spare(&lobby), connections[1]);
	assert_ptr_equal(lobby_claim_spare(&lobby), connections[0]);
	assert_null(lobby_claim_spare(&lobby)); /* an answer on its way is not given up */
}

static void test_it_is_crowded_by_those_that_have_sent_nothing_too(void **state)
{
	lobby.connections_max = COUNT;
	assert_false(lobby_is_crowded(&lobby));
	lobby.connections_max = COUNT - 1;
	assert_true(lobby_is_crowded(&lobby));
	lobby_close(&lobby, connections[0]);
	assert_false(lobby_is_crowded(&lobby));
}

static void test_the_answered_are_told_that_their_client_has_gone(void **state)
{
	char byte;

	atomic_store(&connections[0]->at, AT_ANSWERING);
	lobby_cut(&lobby);
	assert_int_equal(read(connections[0]->fd, &byte, 1), 0);
	assert_int_equal(read(connections[1]->fd, &byte, 1), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_is_woken_is_claimed_once),
		TEST(test_one_that_has_left_is_woken_when_there_is_room),
		TEST(test_one_that_was_watched_before_it_was_ever_parked_stays),
		TEST(test_those_whose_time_has_come_are_claimed_together),
		TEST(test_one_address_has_half_of_the_bytes),
		TEST(test_one_address_has_half_of_the_connections),
		TEST(test_those_that_are_answered_count_by_their_bytes),
		TEST(test_the_idle_are_spared_before_those_with_a_key),
		TEST(test_it_is_crowded_by_those_that_have_sent_nothing_too),
		TEST(test_the_answered_are_told_that_their_client_has_gone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
