/// One entry for libFuzzer: the first byte chooses a parser, the rest is its input.
///
/// The law: nothing traps, hangs or takes memory beyond its input; and what a parser takes is
/// written back the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let kind = bytes.first else { return 0 }
  FuzzTarget.run(kind, Array(bytes.dropFirst()))
  return 0
}
