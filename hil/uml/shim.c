/*
 * Preloaded into a User-Mode Linux kernel of the 6.1 series, it makes two calls fit the host of today.
 *
 * 1. ptrace(PTRACE_SETREGSET, NT_X86_XSTATE): UML hands over the 2696 bytes its buffer holds. A processor with AMX has 11 kB
 *    of such state and its kernel wants all of it, so that UML dies at its first process ("ptrace set fp regs failed,
 *    errno = 14"). What is missing is taken from the process itself.
 * 2. sendmsg: VHOST_USER_SET_MEM_TABLE is sent with room for two regions and one in use. A backend that checks lengths refuses
 *    the message: cut it to what is used, and tell UML that all of it went out.
 *
 * Both answer by the system call itself, without a look-up of the libc's own: UML calls from contexts where the dynamic
 * linker must not run.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

/* The kernel runs on one thread and on small stacks: the area is static. */
static unsigned char xstate[64 * 1024];
static size_t xstate_size;

/* Where the state says which components are in use, and the components UML's buffer has no room for. */
enum { XSTATE_BV = 512 };
static const uint64_t beyond = ~(uint64_t)0x3ff;

static long set_xstate(pid_t pid, const struct iovec *given)
{
	struct iovec whole = { .iov_base = xstate, .iov_len = sizeof(xstate) };
	uint64_t used = 0;

	if (given->iov_len >= XSTATE_BV + sizeof(used))
		memcpy(&used, (const unsigned char *)given->iov_base + XSTATE_BV, sizeof(used));
	/* The size is the same for every process; the rest is read only where it is not in its initial state. */
	if (!xstate_size || (used & beyond)) {
		if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &whole) < 0)
			return -1;
		xstate_size = whole.iov_len;
	}
	if (xstate_size <= given->iov_len)
		return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, given);
	whole.iov_len = xstate_size;
	memcpy(xstate, given->iov_base, given->iov_len);
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list arguments;
	pid_t pid;
	void *address, *data;
	long word, result;

	va_start(arguments, request);
	pid = va_arg(arguments, pid_t);
	address = va_arg(arguments, void *);
	data = va_arg(arguments, void *);
	va_end(arguments);

	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER:
		/* The system call stores the word; the libc's function returns it. */
		result = syscall(SYS_ptrace, request, pid, address, &word);
		if (result < 0)
			return -1;
		errno = 0;
		return word;
	case PTRACE_SETREGSET:
		if ((uintptr_t)address == NT_X86_XSTATE)
			return set_xstate(pid, data);
		/* fall through */
	default:
		return syscall(SYS_ptrace, request, pid, address, data);
	}
}

enum { SET_MEM_TABLE = 5, HEADER = 12, TABLE = 8, REGION = 32, ROOM = 2 };

ssize_t sendmsg(int socket, const struct msghdr *message, int flags)
{
	const struct iovec *whole = message->msg_iov;
	uint32_t header[3], regions, size;
	unsigned char cut[HEADER + TABLE + REGION];
	struct iovec part = { .iov_base = cut, .iov_len = sizeof(cut) };
	struct msghdr shorter = *message;
	ssize_t sent;

	if (message->msg_iovlen != 1 || whole->iov_len != HEADER + TABLE + ROOM * REGION)
		return syscall(SYS_sendmsg, socket, message, flags);
	memcpy(header, whole->iov_base, sizeof(header));
	memcpy(&regions, (const unsigned char *)whole->iov_base + HEADER, sizeof(regions));
	if (header[0] != SET_MEM_TABLE || header[2] != TABLE + ROOM * REGION || regions != 1)
		return syscall(SYS_sendmsg, socket, message, flags);

	memcpy(cut, whole->iov_base, sizeof(cut));
	size = TABLE + REGION;
	memcpy(cut + 2 * sizeof(uint32_t), &size, sizeof(size));
	shorter.msg_iov = &part;
	sent = syscall(SYS_sendmsg, socket, &shorter, flags);
	return sent == (ssize_t)sizeof(cut) ? (ssize_t)whole->iov_len : sent;
}
