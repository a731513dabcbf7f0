import Foundation
import Testing

/// When each object of a brick last changed in any way (ctime), by GFID.
struct TreeTimes: Equatable {
  var times: [String: String] = [:]

  /// Swift's C library has no xattrs; Python's has.
  private static let script = """
    import os, sys
    root = os.fsencode(sys.argv[1])
    paths = [root]
    for top, directories, files in os.walk(root):
        if top == root:
            directories.remove(b".glusterfs")
        paths += [os.path.join(top, name) for name in directories + files]
    for path in paths:
        gfid = os.getxattr(path, "trusted.gfid", follow_symlinks=False).hex()
        print(gfid, os.lstat(path).st_ctime_ns)
    """

  init(_ brick: String) throws {
    let (status, text) = try output(["python3", "-c", Self.script, brick])
    try #require(status == 0, "\(text)")
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      var gfid = try #require(words.first)
      for offset in [20, 16, 12, 8] {
        gfid.insert("-", at: gfid.index(gfid.startIndex, offsetBy: offset))
      }
      times[gfid] = words.last
    }
  }
}
