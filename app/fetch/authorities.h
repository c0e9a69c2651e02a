#ifndef FETCH_AUTHORITIES_H
#define FETCH_AUTHORITIES_H

/*
 * Where this system keeps the certificate authorities that it trusts.  libcurl knows the place of
 * the system that it was built on; carried to another (the bundle), it would trust nobody.
 */

/* A file of certificates below root ("" but in tests), in the caller's buffer; NULL: none is
 * there. */
struct authorities_path {
	char text[256];
};
const char *authorities_find(const char *root, struct authorities_path *out);

#endif
