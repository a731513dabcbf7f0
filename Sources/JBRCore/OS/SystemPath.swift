import Glibc

/// A path as system calls take it: byte for byte, also where it is not UTF-8.
func systemPath(_ path: String) -> [CChar] {
  path.exactBytes.map { CChar(bitPattern: $0) } + [0]
}

/// A path that a system call gave, from which the same bytes can be had again.
func pathText(_ bytes: UnsafePointer<CChar>) -> String {
  let count = unsafe strlen(bytes)
  return unsafe String(
    exactly: UnsafeBufferPointer(start: bytes, count: count).map { UInt8(bitPattern: $0) })
}

/// What this process was started with, without its own name, byte for byte: Swift's own list has
/// another character where an argument, such as a file's name, is not UTF-8.
public func processArguments() -> [String] {
  (1..<max(1, Int(CommandLine.argc))).compactMap { index in
    unsafe CommandLine.unsafeArgv[index].map { unsafe pathText($0) }
  }
}
