# arch/um/os-Linux/time.c: an idle kernel can always be woken.
#
# Now and then (a boot in forty, on a busy machine) the kernel comes to its idle loop with SIGALRM and SIGIO blocked on the host,
# as they are within a handler, and sleeps for ever. No handler is unfinished there: what wakes the kernel is let through.
/^\tsigprocmask(SIG_BLOCK, &set, &old);$/a\
	sigdelset(&old, SIGALRM);\
	sigdelset(&old, SIGIO);\
	sigaddset(&set, SIGIO);
