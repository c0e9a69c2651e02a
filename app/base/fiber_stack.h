#ifndef BASE_FIBER_STACK_H
#define BASE_FIBER_STACK_H

/*
 * Stacks of fibers, and the step from one to another.  For base/fiber.c only.
 *
 * A stack is mapped with a page below it that nobody may touch, and takes memory only where it was
 * used.  The step saves the registers that a called function must keep, on x86-64 and AArch64 in a
 * few instructions; elsewhere it is ucontext's, which costs a system call.  Sanitizers and valgrind
 * are told.
 */
#include <stddef.h>

struct fiber_stack {
	void *sp;          /* where it stands while another one runs */
	char *low;         /* its lowest byte that may be used; NULL: the thread's own stack */
	size_t size;       /* from there */
	void *context;     /* ucontext_t where there is no step of our own */
	void *fake, *race; /* AddressSanitizer's and ThreadSanitizer's */
	unsigned valgrind;
};

/* The stack of the calling thread, which others step back to. */
void fiber_stack_init_own(struct fiber_stack *own);
void fiber_stack_release_own(struct fiber_stack *own);

/* Mapped; entry is called at the first step to it and never returns.  NULL: no memory. */
struct fiber_stack *fiber_stack_new(void (*entry)(void));
void fiber_stack_free(struct fiber_stack *stack); /* nobody stands on it */

/* Goes on where `to` stands; returns when somebody steps back. */
void fiber_stack_step(struct fiber_stack *from, struct fiber_stack *to);
/* The first thing that entry does. */
void fiber_stack_entered(struct fiber_stack *from);

/* Gives back what lies below the place where it stands. */
void fiber_stack_trim(struct fiber_stack *stack);

#endif
