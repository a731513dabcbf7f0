// Makes the same small files on a brick as replaying `jbr-bench small-files` does, with the same
// system calls and nothing else: what a replay can be measured against.
//
// usage: small-files BRICK COUNT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <xxhash.h>

#include "gfids.h"

enum { FILES_PER_DIRECTORY = 1000, BYTE_COUNT = 4096 };

static void check(int result, const char *what) {
  if (result >= 0) return;
  fprintf(stderr, "small-files: %s: %s\n", what, strerror(errno));
  exit(74);
}

static void text_of(const unsigned char gfid[16], char out[37]) {
  sprintf(out, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", gfid[0],
          gfid[1], gfid[2], gfid[3], gfid[4], gfid[5], gfid[6], gfid[7], gfid[8], gfid[9],
          gfid[10], gfid[11], gfid[12], gfid[13], gfid[14], gfid[15]);
}

// The folder of a handle under .glusterfs, made when it is not there.
static void handle_path(const unsigned char gfid[16], const char text[37], char out[80]) {
  sprintf(out, ".glusterfs/%02x", gfid[0]);
  mkdir(out, 0700);
  sprintf(out, ".glusterfs/%02x/%02x", gfid[0], gfid[1]);
  mkdir(out, 0700);
  sprintf(out, ".glusterfs/%02x/%02x/%s", gfid[0], gfid[1], text);
}

static void make_directory(int number) {
  unsigned char gfid[16];
  char text[37], handle[80], name[32], target[96];
  gfid_of(-1 - (int64_t)number, gfid);
  text_of(gfid, text);
  handle_path(gfid, text, handle);
  sprintf(name, "d%d", number);
  check(mkdir(name, 0755), "mkdir");
  check(setxattr(name, "trusted.gfid", gfid, 16, XATTR_CREATE), "setxattr");
  sprintf(target, "../../00/00/00000000-0000-0000-0000-000000000001/%s", name);
  check(symlink(target, handle), "symlink");
}

static void make_file(int number, const char *content) {
  unsigned char gfid[16], parent[16];
  char text[37], parent_text[37], handle[80], path[64], value[80], key[48];
  gfid_of(number, gfid);
  text_of(gfid, text);
  gfid_of(-1 - (int64_t)(number / FILES_PER_DIRECTORY), parent);
  text_of(parent, parent_text);
  handle_path(gfid, text, handle);
  sprintf(path, "d%d/f%d", number / FILES_PER_DIRECTORY, number);
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  check(file, "open");
  check(fsetxattr(file, "trusted.gfid", gfid, 16, XATTR_CREATE), "fsetxattr");
  sprintf(value, "%s/f%d", parent_text, number);
  sprintf(key, "trusted.gfid2path.%016llx",
          (unsigned long long)XXH64(value, strlen(value), 0));
  check(fsetxattr(file, key, value, strlen(value), 0), "fsetxattr");
  check(link(path, handle), "link");
  check(pwrite(file, content, BYTE_COUNT, 0) == BYTE_COUNT ? 0 : -1, "pwrite");
  check(fchown(file, 1000, 1000), "fchown");
  check(fchmod(file, 0640), "fchmod");
  struct timespec times[2] = {{1700000000 + number, 5}, {1700000000 + number, 5}};
  check(futimens(file, times), "futimens");
  check(fsetxattr(file, "user.bench", "\1\2\3\4", 4, 0), "fsetxattr");
  check(close(file), "close");
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: small-files BRICK COUNT\n");
    return 64;
  }
  mkdir(words[1], 0755);
  check(chdir(words[1]), words[1]);
  mkdir(".glusterfs", 0700);
  static char content[BYTE_COUNT];
  for (int i = 0; i < BYTE_COUNT; i++) content[i] = i * 7;
  int files = atoi(words[2]);
  for (int number = 0; number < files; number++) {
    if (number % FILES_PER_DIRECTORY == 0) make_directory(number / FILES_PER_DIRECTORY);
    make_file(number, content);
  }
  int top = open(".", O_RDONLY);
  check(syncfs(top), "syncfs");
  return 0;
}
