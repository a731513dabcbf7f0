/// The functions that a script of `ShellScript` calls. They keep handles and gfid2path xattrs as
/// `NativeBrick` does, in the same order.
enum ShellFunctions {
  static let text = looking + naming + changing

  private static let looking = #"""
    # Says why, and ends.
    fail() {
      printf '%s\n' "$1" >&2
      exit 1
    }

    exists() { [ -e "$1" ] || [ -L "$1" ]; }

    need_free() { if exists "$1"; then fail "$1 exists: make a new plan"; fi; }

    same() { [ "$(stat -c %d:%i -- "$1")" = "$(stat -c %d:%i -- "$2")" ]; }

    is_directory() { [ -d "$1" ] && [ ! -L "$1" ]; }

    # gfid_of PATH: sets gfid to that of the object at a path; empty where there is none.
    gfid_of() {
      local hex
      hex=$(getfattr -h --only-values -n trusted.gfid -- "$1" 2>/dev/null \
        | od -An -v -tx1 | tr -d ' \n') || hex=
      gfid=
      [ ${#hex} -ne 32 ] || gfid=${hex:0:8}-${hex:8:4}-${hex:12:4}-${hex:16:4}-${hex:20:12}
    }

    # holds PATH GFID: ends where another object, or none, is at the path.
    holds() {
      local gfid
      gfid_of "$1"
      [ "$gfid" = "$2" ] || fail "$1 is not $2: make a new plan"
    }

    # link_target LINK: sets target to what a symlink leads to, whatever bytes that has.
    link_target() {
      target=$(readlink -n -- "$1" && printf .) || fail "$1 is no handle of a directory"
      target=${target%.}
    }

    # handle BRICK GFID: sets at to where the object's handle is.
    handle() { at=$1/.glusterfs/${2:0:2}/${2:2:2}/$2; }

    # directory BRICK GFID: sets at to a directory's path, by the handles of all above it.
    directory() {
      local above=$2 below= target
      while [ "$above" != 00000000-0000-0000-0000-000000000001 ]; do
        handle "$1" "$above"
        link_target "$at"
        below=/${target:49}$below
        above=${target:12:36}
        # No path is longer, but handles may go in circles.
        [ ${#below} -lt 4096 ] || fail "the handles above $2 lead to no path"
      done
      at=$1$below
    }

    # object BRICK GFID: sets at to its handle, or to the path of a directory.
    object() {
      local gfid
      handle "$1" "$2"
      gfid_of "$at"
      if [ "$gfid" = "$2" ]; then return; fi
      directory "$1" "$2"
      holds "$at" "$2"
    }

    # regular_file BRICK GFID: as object, and nothing but a file will do.
    regular_file() {
      object "$1" "$2"
      if [ ! -f "$at" ] || [ -L "$at" ]; then fail "$at is no file: make a new plan"; fi
    }

    # place BRICK PARENT NAME: sets at to the path of a name.
    place() {
      object "$1" "$2"
      at=$at/$3
    }


    """#

  private static let naming = #"""
    # begin_new BRICK GFID PARENT NAME: sets new to where the object is to be made, out of sight.
    begin_new() {
      local gfid
      place "$1" "$3" "$4"
      need_free "$at"
      handle "$1" "$2"
      mkdir -p -- "${at%/*}" "$1/.glusterfs/jbr"
      # A directory's handle may have outlived it.
      gfid_of "$at/."
      if [ -L "$at" ] && [ "$gfid" != "$2" ]; then
        gfid_of "$at"
        if [ -z "$gfid" ]; then rm -f -- "$at"; fi
      fi
      need_free "$at"
      new=$1/.glusterfs/jbr/new
      need_free "$new"
    }

    # end_new BRICK GFID PARENT NAME TARGET: gives what was made its handle and its name.
    end_new() {
      handle "$1" "$2"
      if is_directory "$new"; then ln -s -- "$5" "$at"; else ln -P -- "$new" "$at"; fi
      place "$1" "$3" "$4"
      mv -fT -- "$new" "$at"
    }

    # set_handle BRICK GFID TARGET: makes a directory's handle lead to a place, in one step.
    set_handle() {
      handle "$1" "$2"
      mkdir -p -- "${at%/*}" "$1/.glusterfs/jbr"
      rm -f -- "$1/.glusterfs/jbr/handle"
      ln -s -- "$3" "$1/.glusterfs/jbr/handle"
      mv -fT -- "$1/.glusterfs/jbr/handle" "$at"
    }

    # drop_xattr PATH KEY: removes an xattr if it is there.
    drop_xattr() {
      if getfattr -h --only-values -n "$2" -- "$1" >/dev/null 2>&1; then
        setfattr -h -x "$2" -- "$1"
      fi
    }

    # forget BRICK PATH KEY: takes a name off the books: its gfid2path, or with an object's last
    # name its handle.
    forget() {
      local gfid links
      gfid_of "$2"
      if [ -z "$gfid" ]; then return; fi
      handle "$1" "$gfid"
      if [ ! -d "${at%/*}" ]; then return; fi
      links=$(stat -c %h -- "$2")
      if exists "$at"; then
        if same "$2" "$at"; then
          if [ "$links" = 2 ]; then rm -f -- "$at"; return; fi
        elif [ "$links $(stat -c '%h %f' -- "$at")" = "1 1 $(stat -c %f -- "$2")" ]; then
          # A special file that a copy by tar made is another file than its handle.
          rm -f -- "$at"
          return
        fi
      fi
      if [ "$links" -gt 1 ]; then drop_xattr "$2" "$3"; fi
    }


    """#

  private static let changing = #"""
    # link_name BRICK GFID PARENT NAME KEY VALUE
    link_name() {
      local name
      place "$1" "$3" "$4"
      name=$at
      need_free "$name"
      object "$1" "$2"
      setfattr -h -n "$5" -v "$6" -- "$at"
      ln -P -T -- "$at" "$name"
    }

    # unlink_name BRICK GFID PARENT NAME KEY
    unlink_name() {
      local name
      place "$1" "$3" "$4"
      name=$at
      holds "$name" "$2"
      if is_directory "$name"; then fail "$name is a directory: make a new plan"; fi
      forget "$1" "$name" "$5"
      rm -f -- "$name"
    }

    # remove_directory BRICK PATH TARGET: removes an empty directory, and its handle.
    remove_directory() {
      local gfid target
      gfid_of "$2"
      rmdir -- "$2"
      if [ -z "$gfid" ]; then return; fi
      handle "$1" "$gfid"
      if [ ! -L "$at" ]; then return; fi
      link_target "$at"
      if [ "$target" = "$3" ]; then rm -f -- "$at"; fi
    }

    # remove_directory_name BRICK GFID PARENT NAME TARGET
    remove_directory_name() {
      place "$1" "$3" "$4"
      holds "$at" "$2"
      remove_directory "$1" "$at" "$5"
    }

    # rename_name BRICK GFID PARENT NAME KEY NEW-PARENT NEW-NAME NEW-KEY NEW-VALUE NEW-TARGET
    rename_name() {
      local old
      place "$1" "$3" "$4"
      old=$at
      holds "$old" "$2"
      place "$1" "$6" "$7"
      local name=$at
      if exists "$name" && same "$old" "$name"; then return; fi
      if is_directory "$old"; then
        if exists "$name"; then remove_directory "$1" "$name" "${10}"; fi
        mv -fT -- "$old" "$name"
        set_handle "$1" "$2" "${10}"
        return
      fi
      if is_directory "$name"; then fail "$name is a directory: make a new plan"; fi
      if exists "$name"; then forget "$1" "$name" "$8"; fi
      setfattr -h -n "$8" -v "$9" -- "$old"
      drop_xattr "$old" "$5"
      mv -fT -- "$old" "$name"
    }

    # mend_name BRICK GFID PARENT NAME KEY VALUE TARGET
    mend_name() {
      local name
      place "$1" "$3" "$4"
      name=$at
      holds "$name" "$2"
      if is_directory "$name"; then
        set_handle "$1" "$2" "$7"
        return
      fi
      handle "$1" "$2"
      if ! exists "$at"; then
        mkdir -p -- "${at%/*}"
        ln -P -- "$name" "$at"
      elif ! same "$name" "$at"; then
        if [ -L "$at" ] || [ -f "$at" ] \
          || [ "$(stat -c %f -- "$at")" != "$(stat -c %f -- "$name")" ]; then
          fail "$at is another object than $name"
        fi
      fi
      setfattr -h -n "$5" -v "$6" -- "$name"
    }

    # set_aside BRICK PARENT NAME LABEL: moves something out of the tree, and keeps it.
    set_aside() {
      local name gfid
      place "$1" "$2" "$3"
      name=$at
      exists "$name" || fail "$name is gone: make a new plan"
      gfid_of "$name"
      mkdir -p -- "$1/.glusterfs/jbr-set-aside"
      need_free "$1/.glusterfs/jbr-set-aside/$4"
      mv -fT -- "$name" "$1/.glusterfs/jbr-set-aside/$4"
      if [ -n "$gfid" ]; then
        handle "$1" "$gfid"
        rm -f -- "$at"
      fi
    }

    # zero FILE OFFSET LENGTH: makes a range read as zeros; a file that ends before it grows.
    zero() {
      local size end=$(($2 + $3))
      if fallocate -z -o "$2" -l "$3" -- "$1" 2>/dev/null; then return; fi
      size=$(stat -c %s -- "$1")
      if [ "$2" -lt "$size" ]; then
        dd if=/dev/zero of="$1" bs=1M iflag=count_bytes oflag=seek_bytes conv=notrunc,nocreat \
          seek="$2" count=$(((end < size ? end : size) - $2)) status=none
      fi
      if [ "$end" -gt "$size" ]; then truncate -c -s "$end" -- "$1"; fi
    }

    # copy FROM OFFSET COUNT FILE OFFSET
    copy() {
      dd if="$1" of="$4" bs=1M iflag=fullblock,skip_bytes,count_bytes oflag=seek_bytes \
        conv=notrunc,nocreat skip="$2" count="$3" seek="$5" status=none
    }

    # need_source FILE BYTES: a journal's file must reach as far as the steps read it.
    need_source() {
      if [ ! -f "$1" ] || [ "$(stat -c %s -- "$1")" -lt "$2" ]; then fail "$1 is not whole"; fi
    }

    # need_brick BRICK: it must be one, and no tool of this kit may work on it.
    need_brick() {
      local gfid lock
      gfid_of "$1"
      if [ "$gfid" != 00000000-0000-0000-0000-000000000001 ] || ! is_directory "$1/.glusterfs"; then
        fail "$1 is no brick"
      fi
      exec {lock}<"$1"
      flock -n "$lock" || fail "$1 is locked by another tool"
    }


    """#
}
