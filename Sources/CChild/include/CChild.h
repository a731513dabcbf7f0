// A child process that does not outlive its parent. Between fork and exec only C may run, since
// Swift's runtime can hold locks in threads that the child does not have.
#pragma once

// Starts a program in a process group of its own, so that Ctrl-C on the terminal reaches its
// parent only. It gets SIGTERM when the thread that started it ends, however that comes about.
// The answer is the child's number, or -1 with errno.
int jbr_start_bound_child(const char *path, char *const arguments[]);
