// One function for each fop, each of them one call of GlusterFS' own libraries and nothing
// around it: what a running GlusterFS itself answers. It shares no code with the toolkit, whose
// replay asks first and mends afterwards.
//
// Objects are named by the 16 bytes of their GFIDs. The answers are 0 or an errno.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef struct direct_gluster direct_gluster;
typedef const unsigned char *direct_id;

// Connects through a client graph, once in a process' life; NULL with errno set where that fails.
direct_gluster *direct_connect(const char *volfile, const char *log);

// An object to be made. The mode is what the client's umask has left of it.
typedef struct {
  enum { direct_file, direct_directory, direct_node, direct_symlink } kind;
  int flags;
  uint32_t mode;
  uint64_t rdev;
  const char *target;
  // One xattr that the request brings along in its xdata; NULL for none.
  const char *key;
  const void *value;
  size_t count;
} direct_new;
int direct_make(direct_gluster *, direct_id parent, const char *name, direct_id id,
                const direct_new *);
int direct_link(direct_gluster *, direct_id id, direct_id parent, const char *name);
int direct_unlink(direct_gluster *, direct_id parent, const char *name);
int direct_rmdir(direct_gluster *, direct_id parent, const char *name);
int direct_rename(direct_gluster *, direct_id old_parent, const char *old_name,
                  direct_id new_parent, const char *new_name);

int direct_write(direct_gluster *, direct_id id, const void *bytes, size_t count, int64_t offset,
                 int appends);
int direct_truncate(direct_gluster *, direct_id id, int64_t size, int by_descriptor);
int direct_fallocate(direct_gluster *, direct_id id, int64_t offset, int64_t count);
int direct_discard(direct_gluster *, direct_id id, int64_t offset, int64_t count);
int direct_zerofill(direct_gluster *, direct_id id, int64_t offset, int64_t count);

// `valid` as in a setattr request.
typedef struct {
  int valid;
  uint32_t mode, uid, gid;
  struct timespec atime, mtime;
} direct_attributes;
int direct_setattr(direct_gluster *, direct_id id, const direct_attributes *, int by_descriptor);

int direct_setxattr(direct_gluster *, direct_id id, const char *key, const void *value,
                    size_t count, int flags, int by_descriptor);
int direct_removexattr(direct_gluster *, direct_id id, const char *key, int by_descriptor);
int direct_xattrop(direct_gluster *, direct_id id, int operation, const char *key,
                   const void *value, size_t count);
