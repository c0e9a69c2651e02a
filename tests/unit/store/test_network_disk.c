/*
 * The database on a file system that machines share: WAL keeps its index in shared memory, which
 * NFS and the like do not have (https://sqlite.org/wal.html).  statfs is this file's own, so that a
 * local folder says it is one of them.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/backup.h"
#include "store/file_system.h"
#include "store/store.h"

#define EXT4  0xef53
#define NFS   0x6969
#define SMB2  0xfe534d42
#define FUSE  0x65735546
#define TRIES 10
#define PINGS 50

static char folder[64], path[96], copy[96];
static long kind;

int statfs(const char *file, struct statfs *out)
{
	memset(out, 0, sizeof *out);
	out->f_type = (__typeof__(out->f_type))kind;
	return 0;
}

static int set_up(void **state)
{
	snprintf(folder, sizeof folder, "/tmp/sideways-disk-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/s.db", folder);
	snprintf(copy, sizeof copy, "%s/copy.db", folder);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "s.db", "s.db-wal", "s.db-shm", "s.db-journal",
		"s.db-turn", "copy.db" };
	char name[128];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(name, sizeof name, "%s/%s", folder, names[i]);
		unlink(name);
	}
	return rmdir(folder);
}

/* Byte 18 of the header is 2 in WAL mode, else 1 (https://sqlite.org/fileformat2.html, 1.3). */
static int header_mode(const char *file)
{
	unsigned char mode = 0;
	int fd = open(file, O_RDONLY);

	assert_int_equal(pread(fd, &mode, 1, 18), 1);
	close(fd);
	return mode;
}

static int mode_on(long file_system)
{
	struct error err = { 0 };
	struct store *store;

	kind = file_system;
	store = store_open(path, STORE_SHARED, &err);
	if (!store)
		fail_msg("%s", err.text);
	assert_int_equal(store_ping(store, &err), 0);
	store_close(store);
	return header_mode(path);
}

static void test_wal_is_used_on_a_disk_of_this_machine(void **state)
{
	kind = EXT4;
	assert_null(store_shared_file_system(folder));
	assert_int_equal(mode_on(EXT4), 2);
}

static void test_wal_is_not_used_on_disks_that_machines_share(void **state)
{
	kind = NFS;
	assert_string_equal(store_shared_file_system(folder), "NFS");
	assert_int_equal(mode_on(NFS), 1);
	assert_int_equal(mode_on(SMB2), 1);
	assert_int_equal(mode_on(FUSE), 1);
}

static void test_a_database_that_is_moved_there_leaves_wal(void **state)
{
	assert_int_equal(mode_on(EXT4), 2);
	assert_int_equal(mode_on(NFS), 1);
	assert_int_equal(mode_on(EXT4), 2);
}

static int ping_often(void)
{
	struct error err = { 0 };
	struct store *store = store_open(path, STORE_SHARED, &err);
	int failed = store ? 0 : 1;

	for (int i = 0; store && i < PINGS; i++) {
		int tries = 1;

		/* A wait ends after two seconds, which a slow machine may need. */
		while (store_ping(store, &err) != 0 && tries < TRIES)
			tries++;
		failed |= tries == TRIES;
	}
	store_close(store);
	return failed;
}

/* Without WAL readers and writers shut each other out, and have to wait instead of failing. */
static void test_processes_wait_for_each_other_without_wal(void **state)
{
	pid_t children[4];

	assert_int_equal(mode_on(NFS), 1);
	for (size_t i = 0; i < 4; i++)
		if ((children[i] = fork()) == 0)
			_exit(ping_often());
	for (size_t i = 0; i < 4; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
}

static void test_a_copy_is_whole_private_and_never_in_the_place_of_another(void **state)
{
	struct error err = { 0 };
	int64_t bytes = 0;

	assert_int_equal(mode_on(EXT4), 2);
	if (backup_write(path, copy, &bytes, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(bytes > 4096);
	assert_int_equal(access(copy, R_OK), 0);
	assert_int_equal(backup_write(path, copy, &bytes, &err), -1);
	assert_non_null(strstr(err.text, "copy.db"));
	assert_int_equal(backup_write("/nowhere/s.db", copy, &bytes, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_wal_is_used_on_a_disk_of_this_machine),
		TEST(test_wal_is_not_used_on_disks_that_machines_share),
		TEST(test_a_database_that_is_moved_there_leaves_wal),
		TEST(test_processes_wait_for_each_other_without_wal),
		TEST(test_a_copy_is_whole_private_and_never_in_the_place_of_another),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
