/* The same answers to calls of a fiber. */
#define IN_FIBER 1
#include "test_talk.c"
