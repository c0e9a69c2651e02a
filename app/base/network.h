#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

/*
 * Addresses and networks as text: "127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8".
 */
#include <stdbool.h>

/* Is it an address, or a network whose bits after the prefix are anything? */
bool network_is_valid(const char *network);

/* False when either cannot be read.  An IPv4 address mapped into IPv6 is its IPv4 address. */
bool network_holds(const char *network, const char *address);

#endif
