/*
 * What the doctor says of files, folders and disks.  statfs, access and fdatasync are this file's
 * own, so that a local folder can be on a nearly full disk, on a slow one, or somebody else's: the
 * tests may run as root, who may do all and fills no disk.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "doctor/doctor.h"

#define EXT4 0xef53

static char folder[64], settings[96], secrets[96], database[96];
static long free_mb, sync_ms;
static const char *not_ours;
static struct arena arena;

int statfs(const char *file, struct statfs *out)
{
	memset(out, 0, sizeof *out);
	out->f_type = (__typeof__(out->f_type))EXT4;
	out->f_bsize = 4096;
	out->f_bavail = (__typeof__(out->f_bavail))(free_mb * 256);
	return 0;
}

int access(const char *file, int mode)
{
	if (not_ours && mode == W_OK && strcmp(file, not_ours) == 0)
		return -1;
	return (int)syscall(SYS_faccessat, AT_FDCWD, file, mode);
}

int fdatasync(int fd)
{
	if (sync_ms)
		usleep((useconds_t)sync_ms * 1000);
	return (int)syscall(SYS_fdatasync, fd);
}

static void write_file(const char *path, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs("A=1\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
	snprintf(folder, sizeof folder, "/tmp/sideways-place-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(settings, sizeof settings, "%s/sideways.yaml", folder);
	snprintf(secrets, sizeof secrets, "%s/secrets.env", folder);
	snprintf(database, sizeof database, "%s/s.db", folder);
	write_file(settings, 0600);
	free_mb = 4096;
	sync_ms = 0;
	not_ours = NULL;
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "s.db", "s.db-wal", "s.db-shm", "s.db-journal",
		"sideways.yaml", "secrets.env" };
	char name[128];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(name, sizeof name, "%s/%s", folder, names[i]);
		unlink(name);
	}
	arena_release(&arena);
	return rmdir(folder);
}

static struct doctor examine(const char *document_root)
{
	const struct settings usable = { .deployment_count = 3 };
	const struct doctor_place place = { settings, database, document_root };
	struct doctor doctor = { .arena = &arena, .settings = &usable };

	doctor_place(&doctor, &place);
	doctor.settings = NULL;
	return doctor;
}

/* The only finding of that severity. */
static const struct finding *only(const struct doctor *doctor, enum severity severity)
{
	const struct finding *found = NULL;

	for (size_t i = 0; i < doctor->count; i++) {
		if (doctor->findings[i].severity != severity)
			continue;
		if (found)
			fail_msg("both: %s; %s", found->text, doctor->findings[i].text);
		found = &doctor->findings[i];
	}
	assert_non_null(found);
	return found;
}

static void assert_in(const char *text, const char *words)
{
	if (!text || !strstr(text, words))
		fail_msg("'%s' is not in: %s", words, text ? text : "(nothing)");
}

static void test_a_private_place_is_in_order(void **state)
{
	struct doctor doctor;

	write_file(secrets, 0600);
	doctor = examine(NULL);
	for (size_t i = 0; i < doctor.count; i++)
		if (doctor.findings[i].severity != FINDING_OK)
			fail_msg("%s", doctor.findings[i].text);
	assert_int_equal(doctor.count, 2);
}

static void test_a_disk_that_is_nearly_full(void **state)
{
	struct doctor doctor;

	free_mb = 150;
	doctor = examine(NULL);
	assert_in(only(&doctor, FINDING_WARNING)->text, "only 150 MB are free");
	assert_in(only(&doctor, FINDING_WARNING)->change, "log_retention");
	free_mb = 250;
	doctor = examine(NULL);
	assert_int_equal(doctor_count(&doctor, FINDING_WARNING), 0);
}

static void test_a_slow_disk(void **state)
{
	struct doctor doctor = { .arena = &arena };

	doctor_store(&doctor, database);
	assert_int_equal(doctor_count(&doctor, FINDING_PROBLEM), 0);
	sync_ms = 60;
	doctor.count = 0;
	doctor_store(&doctor, database);
	assert_in(only(&doctor, FINDING_WARNING)->text, "took a durable write in");
	assert_in(only(&doctor, FINDING_WARNING)->change, "local disk");
}

static void test_a_folder_of_another_user(void **state)
{
	struct doctor doctor;
	char words[40];

	not_ours = folder;
	snprintf(words, sizeof words, "chown %u /tmp/", (unsigned)geteuid());
	doctor = examine(NULL);
	assert_in(only(&doctor, FINDING_PROBLEM)->text, "cannot be written by user");
	assert_in(only(&doctor, FINDING_PROBLEM)->change, words);
}

static void test_secrets_that_others_may_read(void **state)
{
	struct doctor doctor;

	write_file(secrets, 0644);
	doctor = examine(NULL);
	assert_in(only(&doctor, FINDING_PROBLEM)->text, "(mode 644) and is not used");
	assert_in(only(&doctor, FINDING_PROBLEM)->change, "chmod 600 ");
}

static void test_the_document_root_decides_what_is_published(void **state)
{
	struct doctor doctor = examine("/tmp");

	assert_int_equal(doctor_count(&doctor, FINDING_PROBLEM), 2); /* settings, database */
	assert_in(doctor.findings[0].text, "lies below the document root /tmp");
	doctor = examine(folder);
	assert_int_equal(doctor_count(&doctor, FINDING_PROBLEM), 2);
	doctor = examine("/usr");
	assert_int_equal(doctor_count(&doctor, FINDING_PROBLEM), 0);
	/* A name that only begins alike is another folder. */
	folder[strlen(folder) - 1] = '\0';
	doctor = examine(folder);
	folder[strlen(folder)] = settings[strlen(folder)];
	assert_int_equal(doctor_count(&doctor, FINDING_PROBLEM), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_private_place_is_in_order),
		TEST(test_a_disk_that_is_nearly_full),
		TEST(test_a_slow_disk),
		TEST(test_a_folder_of_another_user),
		TEST(test_secrets_that_others_may_read),
		TEST(test_the_document_root_decides_what_is_published),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
