// The error numbers that bricks answer with, as Linux numbers them, so that this folder needs no
// C library.
public let EPERM: Int32 = 1
public let ENOENT: Int32 = 2
public let EIO: Int32 = 5
public let ENOMEM: Int32 = 12
public let EACCES: Int32 = 13
public let EBUSY: Int32 = 16
public let EEXIST: Int32 = 17
public let ENOTDIR: Int32 = 20
public let EISDIR: Int32 = 21
public let EINVAL: Int32 = 22
public let ENFILE: Int32 = 23
public let EMFILE: Int32 = 24
public let ETXTBSY: Int32 = 26
public let EFBIG: Int32 = 27
public let ENOSPC: Int32 = 28
public let EROFS: Int32 = 30
public let ERANGE: Int32 = 34
public let ENAMETOOLONG: Int32 = 36
public let ENOSYS: Int32 = 38
public let ENOTEMPTY: Int32 = 39
public let ELOOP: Int32 = 40
public let ENODATA: Int32 = 61
public let EOPNOTSUPP: Int32 = 95
public let ENOTCONN: Int32 = 107
public let ETIMEDOUT: Int32 = 110
public let ESTALE: Int32 = 116
public let EUCLEAN: Int32 = 117
public let EDQUOT: Int32 = 122

/// The name of an error number as in errno(3); `errno 133` for one that has no row here.
public func errorName(_ number: Int32) -> String { errorNames[number] ?? "errno \(number)" }

// Rows by number are the point.
// swift-format-ignore
private let errorNames: [Int32: String] = [
  1: "EPERM", 2: "ENOENT", 4: "EINTR", 5: "EIO", 6: "ENXIO",
  7: "E2BIG", 9: "EBADF", 12: "ENOMEM", 13: "EACCES", 16: "EBUSY",
  17: "EEXIST", 18: "EXDEV", 19: "ENODEV", 20: "ENOTDIR", 21: "EISDIR",
  22: "EINVAL", 23: "ENFILE", 24: "EMFILE", 26: "ETXTBSY", 27: "EFBIG",
  28: "ENOSPC", 30: "EROFS", 31: "EMLINK", 34: "ERANGE", 36: "ENAMETOOLONG",
  38: "ENOSYS", 39: "ENOTEMPTY", 40: "ELOOP", 61: "ENODATA", 75: "EOVERFLOW",
  95: "EOPNOTSUPP", 107: "ENOTCONN", 110: "ETIMEDOUT", 116: "ESTALE", 117: "EUCLEAN",
  122: "EDQUOT",
]
