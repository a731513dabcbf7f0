// The error numbers that bricks answer with, as Linux numbers them, so that this folder needs no
// C library.
public let EPERM: Int32 = 1
public let ENOENT: Int32 = 2
public let EIO: Int32 = 5
public let EACCES: Int32 = 13
public let EEXIST: Int32 = 17
public let ENOTDIR: Int32 = 20
public let EISDIR: Int32 = 21
public let EINVAL: Int32 = 22
public let ENOTEMPTY: Int32 = 39
public let ENODATA: Int32 = 61
public let ESTALE: Int32 = 116
