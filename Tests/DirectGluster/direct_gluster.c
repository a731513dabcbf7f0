#define _GNU_SOURCE
#include "DirectGluster.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define CALL(name, version, result, arguments) result(*name) arguments;
static struct {
#include "calls.h"
} call;
#undef CALL

struct direct_gluster {
  void *fs;
  // The top translator of the client's graph.
  void *top;
};

// How GlusterFS names a place to its translators.
typedef struct {
  const char *path, *name;
  void *inode, *parent;
  unsigned char gfid[16], parent_gfid[16];
  // Only looked at here.
  char text[NAME_MAX + 2];
} place;

// An object of the handle API, and an inode, each as far as it is looked into.
typedef struct {
  void *inode;
} object;
typedef struct {
  void *table;
} inode;

static const int log_errors = 4;
// More than what an object's status takes up.
enum { status_room = 1024 };

static void *symbol(const char *name, const char *version) {
  static void *api, *core;
  if (!api) api = dlopen("libgfapi.so.0", RTLD_NOW);
  if (!core) core = dlopen("libglusterfs.so.0", RTLD_NOW);
  if (!api || !core) return NULL;
  return *version ? dlvsym(api, name, version) : dlsym(core, name);
}

static bool load(void) {
#define CALL(name, version, result, arguments) \
  if (!(call.name = (result(*) arguments)symbol(#name, version))) return false;
#include "calls.h"
#undef CALL
  return true;
}

direct_gluster *direct_connect(const char *volfile, const char *log) {
  if (!load()) {
    errno = ENOSYS;
    return NULL;
  }
  direct_gluster *gluster = calloc(1, sizeof *gluster);
  if (!gluster) return NULL;
  gluster->fs = call.glfs_new("direct");
  if (gluster->fs && call.glfs_set_volfile(gluster->fs, volfile) == 0 &&
      call.glfs_set_logging(gluster->fs, log, log_errors) == 0 &&
      call.glfs_init(gluster->fs) == 0) {
    gluster->top = call.glfs_active_subvol(gluster->fs);
    return gluster;
  }
  free(gluster);
  return NULL;
}

// The answer of a call that says -1 and sets errno, which the library forgets in places; calls to
// translators say the errno itself, below zero.
static int answer(long result) { return result >= 0 ? 0 : errno ? errno : EIO; }

static object *find(direct_gluster *gluster, direct_id id) {
  struct stat status;
  return call.glfs_h_create_from_handle(gluster->fs, id, 16, &status);
}

// Whether an object is a directory's is asked by nobody: GlusterFS shall say what it thinks.
static int with_object(direct_gluster *gluster, direct_id id,
                       int (*body)(direct_gluster *, void *, const void *), const void *context) {
  object *found = find(gluster, id);
  if (!found) return ESTALE;
  int result = body(gluster, found, context);
  call.glfs_h_close(found);
  return result;
}

// MARK: Names

// Calls to translators name the one that makes them.
static void **enter(direct_gluster *gluster, void **before) {
  void **current = call.__glusterfs_this_location();
  *before = *current;
  *current = gluster->top;
  return current;
}

// GlusterFS finds the name in the path where it copies a place.
static void fill(place *at, object *parent, direct_id parent_id, const char *name, void *there) {
  memset(at, 0, sizeof *at);
  snprintf(at->text, sizeof at->text, "/%s", name);
  at->path = at->text;
  at->name = at->text + 1;
  at->parent = parent->inode;
  at->inode = there;
  memcpy(at->parent_gfid, parent_id, 16);
}

int direct_make(direct_gluster *gluster, direct_id parent, const char *name, direct_id id,
                const direct_new *new) {
  object *directory = find(gluster, parent);
  if (!directory) return ESTALE;
  void *fresh = call.inode_new(((inode *)directory->inode)->table);
  place at;
  fill(&at, directory, parent, name, fresh);
  void *extra = call.dict_new();
  char status[status_room];
  int result = call.dict_set_gfuuid(extra, "gfid-req", id, true);
  if (new->key) call.dict_set_static_bin(extra, new->key, new->value, new->count);
  void *before, **current = enter(gluster, &before);
  if (new->kind == direct_file) {
    void *fd = call.fd_create(fresh, getpid());
    result =
        -call.syncop_create(gluster->top, &at, new->flags, new->mode, fd, status, extra, NULL);
    call.fd_unref(fd);
  } else if (new->kind == direct_directory) {
    result = -call.syncop_mkdir(gluster->top, &at, new->mode, status, extra, NULL);
  } else if (new->kind == direct_node) {
    result = -call.syncop_mknod(gluster->top, &at, new->mode, new->rdev, status, extra, NULL);
  } else {
    result = -call.syncop_symlink(gluster->top, &at, new->target, status, extra, NULL);
  }
  *current = before;
  call.dict_unref(extra);
  call.inode_unref(fresh);
  call.glfs_h_close(directory);
  return result;
}

// The handle API says EISDIR of directories before it asks the brick, so that a fop is sent itself.
int direct_link(direct_gluster *gluster, direct_id id, direct_id parent, const char *name) {
  object *directory = find(gluster, parent);
  if (!directory) return ESTALE;
  object *found = find(gluster, id);
  int result = ESTALE;
  if (found) {
    place old = {.path = "/", .inode = found->inode}, new;
    fill(&new, directory, parent, name, found->inode);
    char status[status_room];
    void *before, **current = enter(gluster, &before);
    result = -call.syncop_link(gluster->top, &old, &new, status, NULL, NULL);
    *current = before;
    call.glfs_h_close(found);
  }
  call.glfs_h_close(directory);
  return result;
}

// The handle API's unlink removes whatever stands there, so that a fop is sent itself.
static int remove_name(direct_gluster *gluster, direct_id parent, const char *name,
                       bool directory) {
  object *above = find(gluster, parent);
  if (!above) return ESTALE;
  struct stat status;
  errno = 0;
  object *there = call.glfs_h_lookupat(gluster->fs, above, name, &status, 0);
  int result = there ? 0 : answer(-1);
  if (there) {
    place at;
    fill(&at, above, parent, name, there->inode);
    void *before, **current = enter(gluster, &before);
    result = directory ? -call.syncop_rmdir(gluster->top, &at, 0, NULL, NULL)
                       : -call.syncop_unlink(gluster->top, &at, NULL, NULL);
    *current = before;
    call.glfs_h_close(there);
  }
  call.glfs_h_close(above);
  return result;
}

int direct_unlink(direct_gluster *gluster, direct_id parent, const char *name) {
  return remove_name(gluster, parent, name, false);
}

int direct_rmdir(direct_gluster *gluster, direct_id parent, const char *name) {
  return remove_name(gluster, parent, name, true);
}

// The handle API's rename says EEXIST where one of the two is a directory, so that a fop is sent
// itself.
int direct_rename(direct_gluster *gluster, direct_id old_parent, const char *old_name,
                  direct_id new_parent, const char *new_name) {
  object *from = find(gluster, old_parent), *to = NULL;
  object *moved = NULL, *victim = NULL;
  struct stat status;
  int result = from ? 0 : ESTALE;
  if (!result) {
    errno = 0;
    moved = call.glfs_h_lookupat(gluster->fs, from, old_name, &status, 0);
    if (!moved) result = answer(-1);
  }
  if (!result && !(to = find(gluster, new_parent))) result = ESTALE;
  if (!result) {
    victim = call.glfs_h_lookupat(gluster->fs, to, new_name, &status, 0);
    place old, new;
    fill(&old, from, old_parent, old_name, moved->inode);
    fill(&new, to, new_parent, new_name, victim ? victim->inode : NULL);
    void *before, **current = enter(gluster, &before);
    result = -call.syncop_rename(gluster->top, &old, &new, NULL, NULL);
    *current = before;
  }
  object *all[] = {victim, moved, to, from};
  for (size_t index = 0; index < 4; index++)
    if (all[index]) call.glfs_h_close(all[index]);
  return result;
}

// MARK: Content and attributes

typedef struct {
  enum { do_write, do_truncate, do_allocate, do_discard, do_zero } what;
  const void *bytes;
  int64_t offset, count;
  int by_descriptor;
} content_change;

static int change_content(direct_gluster *gluster, void *found, const void *context) {
  const content_change *change = context;
  errno = 0;
  if (!change->by_descriptor)
    return answer(
        change->what == do_write
            ? call.glfs_h_anonymous_write(gluster->fs, found, change->bytes,
                                          (size_t)change->count, change->offset)
            : call.glfs_h_truncate(gluster->fs, found, change->offset));
  void *file =
      call.glfs_h_open(gluster->fs, found, change->what == do_write ? O_RDWR | O_APPEND : O_RDWR);
  if (!file) return answer(-1);
  long result = 0;
  switch (change->what) {
    case do_write:
      result = call.glfs_pwrite(file, change->bytes, (size_t)change->count, change->offset, 0,
                                NULL, NULL);
      break;
    case do_truncate: result = call.glfs_ftruncate(file, change->offset, NULL, NULL); break;
    case do_allocate:
      result = call.glfs_fallocate(file, 0, change->offset, (size_t)change->count);
      break;
    case do_discard:
      result = call.glfs_discard(file, change->offset, (size_t)change->count);
      break;
    case do_zero: result = call.glfs_zerofill(file, change->offset, change->count); break;
  }
  int number = answer(result);
  call.glfs_close(file);
  return number;
}

int direct_write(direct_gluster *gluster, direct_id id, const void *bytes, size_t count,
                 int64_t offset, int appends) {
  return with_object(gluster, id, change_content,
                     &(content_change){do_write, bytes, offset, (int64_t)count, appends});
}

int direct_truncate(direct_gluster *gluster, direct_id id, int64_t size, int by_descriptor) {
  return with_object(gluster, id, change_content,
                     &(content_change){do_truncate, NULL, size, 0, by_descriptor});
}

int direct_fallocate(direct_gluster *gluster, direct_id id, int64_t offset, int64_t count) {
  return with_object(gluster, id, change_content,
                     &(content_change){do_allocate, NULL, offset, count, true});
}

int direct_discard(direct_gluster *gluster, direct_id id, int64_t offset, int64_t count) {
  return with_object(gluster, id, change_content,
                     &(content_change){do_discard, NULL, offset, count, true});
}

int direct_zerofill(direct_gluster *gluster, direct_id id, int64_t offset, int64_t count) {
  return with_object(gluster, id, change_content,
                     &(content_change){do_zero, NULL, offset, count, true});
}

enum { valid_mode = 1, valid_uid = 2, valid_gid = 4, valid_times = 0x30 };

static int set_by_descriptor(void *file, const direct_attributes *wanted) {
  uid_t uid = wanted->valid & valid_uid ? wanted->uid : (uid_t)-1;
  gid_t gid = wanted->valid & valid_gid ? wanted->gid : (gid_t)-1;
  struct timespec times[] = {wanted->atime, wanted->mtime};
  long result = 0;
  if (wanted->valid & (valid_uid | valid_gid)) result = call.glfs_fchown(file, uid, gid);
  if (result == 0 && wanted->valid & valid_mode) result = call.glfs_fchmod(file, wanted->mode);
  if (result == 0 && (wanted->valid & valid_times) == valid_times)
    result = call.glfs_futimens(file, times);
  return answer(result);
}

// What names a descriptor is sent through one, but for a single time, which the library cannot
// set so.
static int set_attributes(direct_gluster *gluster, void *found, const void *context) {
  const direct_attributes *wanted = context;
  struct stat status = {.st_mode = wanted->mode,
                        .st_uid = wanted->uid,
                        .st_gid = wanted->gid,
                        .st_atim = wanted->atime,
                        .st_mtim = wanted->mtime};
  errno = 0;
  return answer(call.glfs_h_setattrs(gluster->fs, found, &status, wanted->valid));
}

static int set_attributes_open(direct_gluster *gluster, void *found, const void *context) {
  const direct_attributes *wanted = context;
  int times = wanted->valid & valid_times;
  if (times != 0 && times != valid_times) return set_attributes(gluster, found, context);
  errno = 0;
  void *file = call.glfs_h_open(gluster->fs, found, O_RDWR);
  if (!file) return answer(-1);
  int result = set_by_descriptor(file, wanted);
  call.glfs_close(file);
  return result;
}

int direct_setattr(direct_gluster *gluster, direct_id id, const direct_attributes *wanted,
                   int by_descriptor) {
  return with_object(gluster, id, by_descriptor ? set_attributes_open : set_attributes, wanted);
}

// MARK: xattrs

typedef struct {
  const char *key;
  const void *value;
  size_t count;
  int number;
  int by_descriptor;
} xattr_change;

static int set_xattr(direct_gluster *gluster, void *found, const void *context) {
  const xattr_change *change = context;
  errno = 0;
  if (!change->by_descriptor)
    return answer(change->value
                      ? call.glfs_h_setxattrs(gluster->fs, found, change->key, change->value,
                                              change->count, change->number)
                      : call.glfs_h_removexattrs(gluster->fs, found, change->key));
  void *file = call.glfs_h_open(gluster->fs, found, O_RDWR);
  if (!file) return answer(-1);
  int result = answer(change->value ? call.glfs_fsetxattr(file, change->key, change->value,
                                                          change->count, change->number)
                                    : call.glfs_fremovexattr(file, change->key));
  call.glfs_close(file);
  return result;
}

int direct_setxattr(direct_gluster *gluster, direct_id id, const char *key, const void *value,
                    size_t count, int flags, int by_descriptor) {
  return with_object(gluster, id, set_xattr,
                     &(xattr_change){key, value, count, flags, by_descriptor});
}

int direct_removexattr(direct_gluster *gluster, direct_id id, const char *key,
                       int by_descriptor) {
  return with_object(gluster, id, set_xattr, &(xattr_change){key, NULL, 0, 0, by_descriptor});
}

// The handle API has no such call, so that a fop is sent itself.
static int combine_xattr(direct_gluster *gluster, void *found, const void *context) {
  const xattr_change *change = context;
  place at = {.path = "", .inode = ((object *)found)->inode};
  void *arrays = call.dict_new(), *results = NULL;
  int result = call.dict_set_static_bin(arrays, change->key, change->value, change->count);
  void *before, **current = enter(gluster, &before);
  if (result == 0)
    result =
        -call.syncop_xattrop(gluster->top, &at, change->number, arrays, NULL, &results, NULL);
  *current = before;
  if (results) call.dict_unref(results);
  call.dict_unref(arrays);
  return result;
}

int direct_xattrop(direct_gluster *gluster, direct_id id, int operation, const char *key,
                   const void *value, size_t count) {
  return with_object(gluster, id, combine_xattr,
                     &(xattr_change){key, value, count, operation, 0});
}
