// A child process that does not outlive its parent. Between fork and exec only C may run, since
// Swift's runtime can hold locks in threads that the child does not have.
#pragma once
#include <sys/types.h>

// Starts a program in a process group of its own, so that Ctrl-C on the terminal reaches its
// parent only. It gets SIGTERM when the thread that started it ends, however that comes about.
// The answer is the child's number, or -1 with errno.
int jbr_start_bound_child(const char *path, char *const arguments[]);

// Starts a program that PATH leads to, in the caller's process group, so that Ctrl-C reaches it and
// it may ask for a passphrase on the terminal. Its standard input and output are one end of a
// socket, its standard error is the caller's. The answer is the other end, or -1 with errno; the
// child's number goes to `child`. It gets SIGTERM when the thread that started it ends.
int jbr_start_talking_child(char *const arguments[], pid_t *child);
