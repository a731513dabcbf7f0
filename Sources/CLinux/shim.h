// Calls of the C library that Swift's Glibc module leaves out, since it is built without
// _GNU_SOURCE. Each declaration is that of the manual page.
#pragma once
#include <sys/types.h>
#include <sys/xattr.h>

extern int fallocate(int fd, int mode, off_t offset, off_t len);
extern int renameat2(
    int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags);
extern int syncfs(int fd);
extern int memfd_create(const char *name, unsigned int flags);
extern void *dlvsym(void *restrict handle, const char *restrict symbol,
                    const char *restrict version);

// Dl_info of dladdr(3).
typedef struct {
  const char *path;
  void *base;
  const char *symbol;
  void *address;
} linux_symbol_place;
extern int dladdr(const void *address, linux_symbol_place *place);

enum {
  LINUX_O_NOATIME = 01000000,
  LINUX_O_TMPFILE = 020200000,
  LINUX_AT_EMPTY_PATH = 0x1000,
  LINUX_SEEK_DATA = 3,
  LINUX_RENAME_NOREPLACE = 1,
  LINUX_UTIME_OMIT = (1 << 30) - 2,
};

// struct flock of fcntl(2), of which Swift sees only the function of the same name.
typedef struct {
  short type, whence;
  off_t start, length;
  pid_t process;
} linux_file_lock;
