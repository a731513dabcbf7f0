import CZstd

/// Single zstd frames, through the C library.
enum Zstd {
  /// Compresses bytes into a frame of their own, with zstd's checksum of the content in it.
  static func frame(_ bytes: ByteView) throws(Failure) -> [UInt8] {
    guard let context = unsafe ZSTD_createCCtx() else {
      throw Failure(.ioError, "zstd has no memory")
    }
    defer { unsafe ZSTD_freeCCtx(context) }
    unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    let capacity = ZSTD_compressBound(bytes.count)
    var code = 0
    let frame = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { space, used in
      code = unsafe bytes.withUnsafeBytes { source in
        unsafe ZSTD_compress2(
          context, space.baseAddress, capacity, source.baseAddress, source.count)
      }
      used = ZSTD_isError(code) == 0 ? code : 0
    }
    guard ZSTD_isError(code) == 0 else { throw Failure(.ioError, "zstd: \(name(code))") }
    return frame
  }

  /// The content of a frame, which must have `count` bytes; nil for anything else.
  static func content(_ frame: ByteView, count: Int) -> [UInt8]? {
    var code = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(count, 1)) { space, used in
      code = unsafe frame.withUnsafeBytes { source in
        unsafe ZSTD_decompress(space.baseAddress, count, source.baseAddress, source.count)
      }
      used = ZSTD_isError(code) == 0 ? code : 0
    }
    return ZSTD_isError(code) == 0 && code == count ? bytes : nil
  }

  private static func name(_ code: Int) -> String {
    guard let text = unsafe ZSTD_getErrorName(code) else { return "error" }
    return unsafe String(cString: text)
  }
}
