#include "CChild.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

int jbr_start_bound_child(const char *path, char *const arguments[]) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child != 0) return child;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);
  // The parent may have ended before the kernel was asked to tell.
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent) _exit(127);
  int null = open("/dev/null", O_RDWR);
  if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) _exit(127);
  execv(path, arguments);
  _exit(127);
}

int jbr_start_talking_child(char *const arguments[], pid_t *child) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  pid_t parent = getpid();
  *child = fork();
  if (*child < 0) {
    int number = errno;
    close(ends[0]);
    close(ends[1]);
    errno = number;
    return -1;
  }
  if (*child > 0) {
    close(ends[1]);
    return ends[0];
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent) _exit(127);
  if (dup2(ends[1], 0) < 0 || dup2(ends[1], 1) < 0) _exit(127);
  execvp(arguments[0], arguments);
  _exit(127);
}
