/* The same calls in a fiber, whose carrier shares its connections among them. */
#define IN_FIBER 1
#include "test_fetch.c"
