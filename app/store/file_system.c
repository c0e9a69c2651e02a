/*
 * What kind of file system a path is on.  See the header.
 */
#include "store/file_system.h"

#include <stddef.h>
#include <sys/vfs.h>

#include "base/banned.h"

/* statfs(2) magic numbers of file systems that cannot share memory between machines, or lie about
 * locks. */
static const struct {
	long magic;
	const char *name;
} shared_systems[] = {
	{ 0x6969, "NFS" },
	{ 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB2" },
	{ 0x517b, "SMB" },
	{ 0x65735546, "FUSE" },
	{ 0x01021997, "9P" },
	{ 0x5346414f, "AFS" },
	{ 0x47504653, "GPFS" },
	{ 0x0bd00bd0, "Lustre" },
};

const char *store_shared_file_system(const char *path)
{
	struct statfs info;

	if (statfs(path, &info) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof shared_systems / sizeof shared_systems[0]; i++)
		if ((long)info.f_type == shared_systems[i].magic)
			return shared_systems[i].name;
	return NULL;
}
