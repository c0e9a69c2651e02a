/*
 * A mapped file beside the database.  See the header.
 */
#include "store/shared_page.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/file_system.h"

#include "base/banned.h"

static bool has_size(int fd, size_t size_bytes)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == (off_t)size_bytes;
}

/* NULL: there is none, or it is of another layout. */
static void *map_file(const char *path, size_t size_bytes, uint64_t magic)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	void *page = MAP_FAILED;
	uint64_t none = 0;

	if (fd < 0)
		return NULL;
	if (has_size(fd, size_bytes))
		page = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return NULL;
	if (atomic_compare_exchange_strong((_Atomic uint64_t *)page, &none, magic) || none == magic)
		return page;
	munmap(page, size_bytes);
	return NULL;
}

/* With room on the disk for all of it: who writes to a page that has none is killed. */
static bool make_shared_page(const char *path, size_t size_bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool made = fd >= 0 && (has_size(fd, 0) || has_size(fd, size_bytes)) &&
		    posix_fallocate(fd, 0, (off_t)size_bytes) == 0;

	if (fd >= 0)
		close(fd);
	return made;
}

void *shared_page_map(
    const char *database, const char *suffix, size_t size_bytes, uint64_t magic, bool make)
{
	AUTO_FREE char *path = alloc_printf("%s-%s", database, suffix);
	bool there = make
			 ? !store_shared_file_system(database) && make_shared_page(path, size_bytes)
			 : access(path, F_OK) == 0;

	return there ? map_file(path, size_bytes, magic) : NULL;
}
