import DirectGluster
import Foundation
import GlusterTesting
import PlainModel

/// A brick behind a real GlusterFS that is asked fop by fop, without any of the toolkit's code.
final class DirectBrick {
  let served: ServedBrick
  private let connection: OpaquePointer

  struct NoConnection: Error { var number: Int32 }

  init(in directory: String) throws {
    served = try ServedBrick(in: directory)
    guard let connection = direct_connect(served.clientVolfile, directory + "/direct.log") else {
      throw NoConnection(number: errno)
    }
    self.connection = connection
  }

  /// Has a fop done; 0, or the errno that GlusterFS answers with.
  func apply(_ fop: PlainFop) -> Int32 {
    switch fop {
    case .write(let id, let bytes, let offset, let appends):
      return direct_write(
        connection, id.bytes, bytes, bytes.count, Int64(offset), appends ? 1 : 0)
    case .truncate(let id, let size, let open):
      return direct_truncate(connection, id.bytes, Int64(size), open ? 1 : 0)
    case .fallocate(let id, let range):
      return direct_fallocate(connection, id.bytes, Int64(range.lowerBound), Int64(range.count))
    case .discard(let id, let range):
      return direct_discard(connection, id.bytes, Int64(range.lowerBound), Int64(range.count))
    case .zerofill(let id, let range):
      return direct_zerofill(connection, id.bytes, Int64(range.lowerBound), Int64(range.count))
    case .setattr(let id, let attributes, let open):
      var wanted = direct_attributes(attributes)
      return direct_setattr(connection, id.bytes, &wanted, open ? 1 : 0)
    case .setxattr(let id, let key, let value, let flags, let open):
      return direct_setxattr(
        connection, id.bytes, key, value, value.count, flags, open ? 1 : 0)
    case .removexattr(let id, let key, let open):
      return direct_removexattr(connection, id.bytes, key, open ? 1 : 0)
    case .xattrop(let id, let operation, let key, let value):
      return direct_xattrop(connection, id.bytes, operation, key, value, value.count)
    default: return applyToNames(fop)
    }
  }

  private func applyToNames(_ fop: PlainFop) -> Int32 {
    switch fop {
    case .make(let name, let id, let new): return make(name, id, new)
    case .link(let id, let name):
      return direct_link(connection, id.bytes, name.parent.bytes, name.name)
    case .unlink(let name): return direct_unlink(connection, name.parent.bytes, name.name)
    case .rmdir(let name): return direct_rmdir(connection, name.parent.bytes, name.name)
    case .rename(let old, let new):
      return direct_rename(
        connection, old.parent.bytes, old.name, new.parent.bytes, new.name)
    default: return ENOSYS
    }
  }

  private func make(_ name: PlainName, _ id: PlainID, _ new: PlainFop.New) -> Int32 {
    var object = direct_new()
    object.mode = new.mode
    var target = ""
    switch new.kind {
    case .file(let flags): (object.kind, object.flags) = (direct_file, flags)
    case .directory: object.kind = direct_directory
    case .node(let rdev): (object.kind, object.rdev) = (direct_node, rdev)
    case .symlink(let text): (object.kind, target) = (direct_symlink, text)
    }
    return target.withCString { target in
      (new.xattr?.key ?? "").withCString { key in
        (new.xattr?.value ?? []).withUnsafeBytes { value in
          object.target = target
          if new.xattr != nil { object.key = key }
          (object.value, object.count) = (value.baseAddress, value.count)
          return direct_make(connection, name.parent.bytes, name.name, id.bytes, &object)
        }
      }
    }
  }
}

extension direct_attributes {
  fileprivate init(_ attributes: PlainFop.Attributes) {
    self.init()
    func time(_ time: PlainTime?) -> timespec {
      timespec(tv_sec: time?.seconds ?? 0, tv_nsec: time?.nanoseconds ?? 0)
    }
    (mode, uid, gid) = (attributes.mode ?? 0, attributes.uid ?? 0, attributes.gid ?? 0)
    (atime, mtime) = (time(attributes.atime), time(attributes.mtime))
    valid =
      (attributes.mode != nil ? 0x1 : 0) | (attributes.uid != nil ? 0x2 : 0)
      | (attributes.gid != nil ? 0x4 : 0) | (attributes.atime != nil ? 0x10 : 0)
      | (attributes.mtime != nil ? 0x20 : 0)
  }
}
