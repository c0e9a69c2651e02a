/*
 * Stacks, and the step between them.  See the header.
 */
#include "base/fiber_stack.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif
#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#if !defined(__x86_64__) && !defined(__aarch64__)
#include <ucontext.h>
#define BY_UCONTEXT 1
#endif

#include "base/banned.h"

/* As the threads that answered before had; a request of the usual kinds touches 30 to 60 KB of it,
 * sanitizers several times as much. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES ((size_t)2 << 20)
#else
#define STACK_BYTES ((size_t)256 << 10)
#endif

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- the step ---- */

#ifdef BY_UCONTEXT

static void make_first(struct fiber_stack *stack, void (*entry)(void))
{
	ucontext_t *context = alloc_zero(1, sizeof *context);

	(void)getcontext(context);
	context->uc_stack.ss_sp = stack->low;
	context->uc_stack.ss_size = stack->size;
	makecontext(context, entry, 0);
	stack->context = context;
	stack->sp = stack->low + stack->size;
}

static void swap(struct fiber_stack *from, struct fiber_stack *to)
{
	char here;

	if (!from->context)
		from->context = alloc_zero(1, sizeof(ucontext_t));
	from->sp = from->low ? &here - page_bytes() : NULL;
	(void)swapcontext(from->context, to->context);
}

#else

/* void fiber_stack_swap(void **from, void *to): the registers that a call keeps go to the old
 * stack, and come from the new one. */
void fiber_stack_swap(void **from, void *to) __asm__("fiber_stack_swap");

#ifdef __x86_64__
__asm__(".text\n"
	".p2align 4\n"
	".type fiber_stack_swap,@function\n"
	"fiber_stack_swap:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size fiber_stack_swap,.-fiber_stack_swap\n");
#define SAVED       8 /* six registers, where it goes on, and what a caller would have pushed */
#define RETURN_SLOT 6
#else
__asm__(".text\n"
	".p2align 4\n"
	".type fiber_stack_swap,%function\n"
	"fiber_stack_swap:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp, #0]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #0]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size fiber_stack_swap,.-fiber_stack_swap\n");
#define SAVED       20
#define RETURN_SLOT 11 /* x30 */
#endif

/* What the first step takes for registers: zeros, and the entry to go on at. */
static void make_first(struct fiber_stack *stack, void (*entry)(void))
{
	void **frame = (void **)(stack->low + stack->size) - SAVED;

	frame[RETURN_SLOT] = (void *)(uintptr_t)entry;
	stack->sp = frame;
}

static void swap(struct fiber_stack *from, struct fiber_stack *to)
{
	fiber_stack_swap(&from->sp, to->sp);
}

#endif

void fiber_stack_step(struct fiber_stack *from, struct fiber_stack *to)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(&from->fake, to->low, to->size);
#endif
#ifdef __SANITIZE_THREAD__
	__tsan_switch_to_fiber(to->race, 0);
#endif
	swap(from, to);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(from->fake, NULL, NULL);
#endif
}

void fiber_stack_entered(struct fiber_stack *from)
{
#ifdef __SANITIZE_ADDRESS__
	const void *low = NULL;

	__sanitizer_finish_switch_fiber(NULL, &low, &from->size);
	from->low = (char *)low; /* so that steps back can tell it */
#endif
}

/* ---- the stacks ---- */

void fiber_stack_init_own(struct fiber_stack *own)
{
	*own = (struct fiber_stack){ .sp = NULL };
#ifdef __SANITIZE_THREAD__
	own->race = __tsan_get_current_fiber();
#endif
}

void fiber_stack_release_own(struct fiber_stack *own)
{
	free(own->context);
}

struct fiber_stack *fiber_stack_new(void (*entry)(void))
{
	size_t guard = page_bytes(), size = STACK_BYTES + guard;
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	struct fiber_stack *stack;

	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map, guard, PROT_NONE) != 0) { /* as many mappings as there may be */
		(void)munmap(map, size);
		return NULL;
	}
	stack = alloc_zero(1, sizeof *stack);
	stack->low = map + guard;
	stack->size = STACK_BYTES;
	make_first(stack, entry);
#ifdef __SANITIZE_THREAD__
	stack->race = __tsan_create_fiber(0);
#endif
#ifdef VALGRIND_STACK_REGISTER
	stack->valgrind = VALGRIND_STACK_REGISTER(stack->low, stack->low + stack->size);
#endif
	return stack;
}

void fiber_stack_free(struct fiber_stack *stack)
{
#ifdef __SANITIZE_ADDRESS__
	__asan_unpoison_memory_region(stack->low, stack->size);
#endif
#ifdef __SANITIZE_THREAD__
	__tsan_destroy_fiber(stack->race);
#endif
#ifdef VALGRIND_STACK_DEREGISTER
	VALGRIND_STACK_DEREGISTER(stack->valgrind);
#endif
	(void)munmap(stack->low - page_bytes(), stack->size + page_bytes());
	free(stack->context);
	free(stack);
}

/* The red zone of the x86-64 ABI below it may be in use. */
void fiber_stack_trim(struct fiber_stack *stack)
{
	uintptr_t top = ((uintptr_t)stack->sp - 128) / page_bytes() * page_bytes();

	if (top > (uintptr_t)stack->low)
		(void)madvise(stack->low, top - (uintptr_t)stack->low, MADV_DONTNEED);
}
