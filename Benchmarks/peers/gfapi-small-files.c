// Makes the same small files through GlusterFS as replaying `jbr-bench small-files` does, with the
// same calls of the same library, one after the other: what a replay can be measured against.
//
// usage: gfapi-small-files VOLFILE COUNT [BRICK]
//
// Durable in the end: each object is flushed through GlusterFS, or, where the directory of a
// brick on this machine is given, its file system.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glusterfs/api/glfs-handles.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gfids.h"

enum { FILES_PER_DIRECTORY = 1000, BYTE_COUNT = 4096, GFID_BYTES = 16 };
static glfs_t *fs;

static void check(int is_right, const char *what) {
  if (is_right) return;
  fprintf(stderr, "gfapi-small-files: %s: %s\n", what, strerror(errno));
  // Taking the connection down would take ten seconds.
  _exit(74);
}

static unsigned char *put_number(unsigned char *at, uint32_t value) {
  for (int i = 0; i < 4; i++) *at++ = value >> (24 - 8 * i);
  return at;
}

// Has features/gfid-access make an object with a chosen GFID, and finds it: the one way in which
// this library's own calls do that.
static struct glfs_object *make(struct glfs_object *parent, const char *name, int64_t number,
                                uint32_t mode) {
  unsigned char gfid[GFID_BYTES], order[128], *at = order;
  gfid_of(number, gfid);
  at = put_number(put_number(at, 0), 0);
  for (int i = 0; i < GFID_BYTES; i++) {
    at += sprintf((char *)at, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", gfid[i]);
  }
  at = put_number(at + 1, mode);
  at += sprintf((char *)at, "%s", name) + 1;
  at = put_number(at, mode);
  if (S_ISREG(mode)) at = put_number(at, 0);
  at = put_number(at, 0);
  check(glfs_h_setxattrs(fs, parent, "glusterfs.gfid.newfile", order, at - order, 0) == 0, name);
  struct stat status;
  struct glfs_object *made = glfs_h_create_from_handle(fs, gfid, GFID_BYTES, &status);
  check(made != NULL, name);
  return made;
}

static struct glfs_object *make_file(struct glfs_object *parent, int number,
                                     const char *content) {
  char name[32];
  sprintf(name, "f%d", number);
  struct glfs_object *file = make(parent, name, number, S_IFREG | 0644);
  check(glfs_h_anonymous_write(fs, file, content, BYTE_COUNT, 0) == BYTE_COUNT, "write");
  struct timespec time = {1700000000 + number, 5};
  struct stat status = {.st_mode = S_IFREG | 0640, .st_uid = 1000, .st_gid = 1000,
                        .st_atim = time, .st_mtim = time};
  int valid = GFAPI_SET_ATTR_MODE | GFAPI_SET_ATTR_UID | GFAPI_SET_ATTR_GID |
              GFAPI_SET_ATTR_ATIME | GFAPI_SET_ATTR_MTIME;
  check(glfs_h_setattrs(fs, file, &status, valid) == 0, "setattrs");
  check(glfs_h_setxattrs(fs, file, "user.bench", "\1\2\3\4", 4, 0) == 0, "setxattrs");
  return file;
}

static void flush(struct glfs_object *object, int is_directory) {
  glfs_fd_t *open = is_directory ? glfs_h_opendir(fs, object) : glfs_h_open(fs, object, O_RDWR);
  check(open != NULL, "open");
  check(glfs_fsync(open, NULL, NULL) == 0, "fsync");
  check((is_directory ? glfs_closedir(open) : glfs_close(open)) == 0, "close");
}

int main(int count, char **words) {
  if (count != 3 && count != 4) {
    fprintf(stderr, "usage: gfapi-small-files VOLFILE COUNT [BRICK]\n");
    return 64;
  }
  int files = atoi(words[2]);
  fs = glfs_new("peer");
  check(fs && glfs_set_volfile(fs, words[1]) == 0 &&
            glfs_set_logging(fs, "/dev/null", 4) == 0 && glfs_init(fs) == 0, words[1]);
  static char content[BYTE_COUNT];
  for (int i = 0; i < BYTE_COUNT; i++) content[i] = i * 7;
  int directories = (files + FILES_PER_DIRECTORY - 1) / FILES_PER_DIRECTORY;
  struct glfs_object **made = calloc(files + directories, sizeof *made);
  unsigned char root_gfid[GFID_BYTES] = {[GFID_BYTES - 1] = 1};
  struct stat status;
  struct glfs_object *root = glfs_h_create_from_handle(fs, root_gfid, GFID_BYTES, &status);
  check(made && root, "root");
  for (int number = 0; number < files; number++) {
    int directory = number / FILES_PER_DIRECTORY;
    if (number % FILES_PER_DIRECTORY == 0) {
      char name[32];
      sprintf(name, "d%d", directory);
      made[files + directory] = make(root, name, -1 - (int64_t)directory, S_IFDIR | 0755);
    }
    made[number] = make_file(made[files + directory], number, content);
  }
  if (count == 4) {
    int brick = open(words[3], O_RDONLY);
    check(brick >= 0 && syncfs(brick) == 0, words[3]);
    _exit(0);
  }
  for (int i = 0; i < files + directories; i++) flush(made[i], i >= files);
  flush(root, 1);
  _exit(0);
}
