/* The same answers to calls of a fiber, under TLS. */
#define IN_FIBER 1
#define WITH_TLS 1
#include "test_talk.c"
