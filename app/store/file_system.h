#ifndef STORE_FILE_SYSTEM_H
#define STORE_FILE_SYSTEM_H

/*
 * What kind of file system a path is on: one of several machines shares no memory between them, and
 * some lie about locks.
 */

/* The name of such a file system ("NFS"), where WAL is not safe, for the folder or file; else NULL.
 */
const char *store_shared_file_system(const char *path);

#endif
