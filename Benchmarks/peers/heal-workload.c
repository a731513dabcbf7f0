// What the healing benchmark does to a volume, before one of its bricks is killed and after.
//
// usage: heal-workload HOST VOLUME before|after
//
// before: 500 files of 4 KiB. after: 2,000 files of 4 KiB in 20 directories, 5 of 20 MB, and the
// 500 written over. Each large and each old file is flushed, as their writer would.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glusterfs/api/glfs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  OLD_FILES = 500,
  NEW_FILES = 2000,
  NEW_DIRECTORIES = 20,
  LARGE_FILES = 5,
  SMALL_BYTES = 4096,
  LARGE_BYTES = 20 << 20,
  WRITE_BYTES = 128 << 10,
};
static glfs_t *fs;
static unsigned char content[WRITE_BYTES];

static void check(int is_right, const char *what) {
  if (is_right) return;
  fprintf(stderr, "heal-workload: %s: %s\n", what, strerror(errno));
  exit(74);
}

// Other bytes each time, so that no file is like another.
static void make_content(int count) {
  static uint64_t state = 88172645463325252u;
  for (int i = 0; i < count; i += 8) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    memcpy(content + i, &state, 8);
  }
}

static void write_file(const char *path, int byte_count, int is_old, int is_flushed) {
  glfs_fd_t *file = is_old ? glfs_open(fs, path, O_WRONLY)
                           : glfs_creat(fs, path, O_WRONLY | O_EXCL, 0644);
  check(file != NULL, path);
  for (int done = 0; done < byte_count;) {
    int count = byte_count < WRITE_BYTES ? byte_count : WRITE_BYTES;
    make_content(count);
    check(glfs_pwrite(file, content, count, done, 0, NULL, NULL) == count, path);
    done += count;
  }
  if (is_flushed) check(glfs_fsync(file, NULL, NULL) == 0, path);
  check(glfs_close(file) == 0, path);
}

static void before(void) {
  char path[64];
  check(glfs_mkdir(fs, "/old", 0755) == 0, "/old");
  for (int i = 0; i < OLD_FILES; i++) {
    sprintf(path, "/old/f%04d", i);
    write_file(path, SMALL_BYTES, 0, 0);
  }
}

static void after(void) {
  char path[64];
  check(glfs_mkdir(fs, "/new", 0755) == 0, "/new");
  for (int i = 0; i < NEW_DIRECTORIES; i++) {
    sprintf(path, "/new/d%02d", i);
    check(glfs_mkdir(fs, path, 0755) == 0, path);
  }
  for (int i = 0; i < NEW_FILES; i++) {
    sprintf(path, "/new/d%02d/n%05d", i % NEW_DIRECTORIES, i);
    write_file(path, SMALL_BYTES, 0, 0);
  }
  for (int i = 0; i < LARGE_FILES; i++) {
    sprintf(path, "/big%d", i);
    write_file(path, LARGE_BYTES, 0, 1);
  }
  for (int i = 0; i < OLD_FILES; i++) {
    sprintf(path, "/old/f%04d", i);
    write_file(path, SMALL_BYTES, 1, 1);
  }
}

int main(int count, char **words) {
  int is_before = count == 4 && strcmp(words[3], "before") == 0;
  if (!is_before && !(count == 4 && strcmp(words[3], "after") == 0)) {
    fprintf(stderr, "usage: heal-workload HOST VOLUME before|after\n");
    return 64;
  }
  fs = glfs_new(words[2]);
  check(fs && glfs_set_volfile_server(fs, "tcp", words[1], 24007) == 0 &&
            glfs_set_logging(fs, "/dev/null", 4) == 0 && glfs_init(fs) == 0, words[2]);
  if (is_before) {
    before();
  } else {
    after();
  }
  // It takes ten seconds, but until then AFR holds back what it notes of the last writes.
  glfs_fini(fs);
  return 0;
}
