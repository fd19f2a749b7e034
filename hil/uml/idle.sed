# arch/um/os-Linux/time.c: an idle kernel can always be woken.
#
# Twice in some two hundred boots the kernel was found in its idle loop with SIGALRM and SIGIO blocked on the host, as they are
# within a handler, asleep for ever. Who had left them so is not known; what wakes the kernel is let through.
/^\tsigprocmask(SIG_BLOCK, &set, &old);$/a\
	sigdelset(&old, SIGALRM);\
	sigdelset(&old, SIGIO);\
	sigaddset(&set, SIGIO);
