/*
 * A classic BPF program over the number of each system call; see seccomp(2).
 */
#include "base/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

/*
 * Numbers mean other calls on other processors: only these kinds are known.  The leak checker of
 * AddressSanitizer traces its own process, so those builds go without.
 */
#if defined(__SANITIZE_ADDRESS__)
#define TRACES_ITSELF
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRACES_ITSELF
#endif
#endif

#if defined(TRACES_ITSELF)
#elif defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

#define NEXT_OTHER_CALLS 0x40000000 /* x32: the same calls under other numbers */

static const int forbidden[] = {
	/* clang-format off */
	SYS_execve, SYS_execveat, /* these two first: they may be allowed */
	SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp,
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare,
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_bpf, SYS_perf_event_open,
	SYS_userfaultfd, SYS_add_key, SYS_request_key, SYS_keyctl,
	SYS_swapon, SYS_swapoff, SYS_reboot, SYS_settimeofday, SYS_clock_settime,
	/* clang-format on */
};

#define COUNT (sizeof forbidden / sizeof forbidden[0])

bool confine(bool may_start_programs)
{
	const size_t first = may_start_programs ? 2 : 0, count = COUNT - first;
	struct sock_filter code[COUNT + 7];
	unsigned char left;
	size_t n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	code[n++] = (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JGE | BPF_K, NEXT_OTHER_CALLS, (unsigned char)(count + 1), 0);
	for (size_t i = first; i < COUNT; i++) {
		left = (unsigned char)(COUNT - i); /* over the rest of the list and the permit */
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (unsigned)forbidden[i], left, 0);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA));
	const struct sock_fprog program = { (unsigned short)n, code };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) ==
		   0;
}

#else

bool confine(bool may_start_programs)
{
	return false;
}

#endif

bool confine_stands(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}
