import CExpat

/// An element of a small XML document: its text, and the elements in it. Attributes are left out.
struct XMLElement: Sendable {
  var name: String
  /// What stands directly in it, all pieces joined.
  var text = ""
  var children: [XMLElement] = []

  subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

extension XMLElement {
  /// Nothing that GlusterFS prints is nearly as deep, and a tree that is freed goes as deep.
  static let depthMax = 64
  static let elementCountMax = 4_000_000

  /// Reads a whole document through expat.
  ///
  /// A document type is refused: its entities could grow without end or name other files, and no
  /// output of GlusterFS has one.
  init(document bytes: ByteView, path: String) throws(Failure) {
    guard let parser = unsafe XML_ParserCreate("UTF-8") else {
      throw Failure(.ioError, "expat has no memory", path: path)
    }
    defer { unsafe XML_ParserFree(parser) }
    let builder = unsafe XMLBuilder(parser)
    let isParsed = builder.run(bytes)
    if isParsed, let root = builder.root {
      self = root
      return
    }
    let line = unsafe Int(XML_GetCurrentLineNumber(parser))
    let column = unsafe Int(XML_GetCurrentColumnNumber(parser)) + 1
    let reason =
      unsafe builder.refusal
      ?? XML_ErrorString(XML_GetErrorCode(parser)).map { unsafe String(cString: $0) }
      ?? "no element"
    throw Failure(
      .damaged, "is no XML that can be read: \(reason)", path: path,
      at: .position(line: line, column: column))
  }
}

/// Puts the document together as expat tells of its parts.
@safe private final class XMLBuilder {
  private(set) var root: XMLElement?
  private(set) var refusal: String?
  private var open: [XMLElement] = []
  private var elementCount = 0
  private let parser: XML_Parser

  /// - Parameter parser: one that lives longer than the builder.
  init(_ parser: XML_Parser) { unsafe self.parser = parser }

  /// - Returns: whether all was read.
  func run(_ bytes: ByteView) -> Bool {
    unsafe XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    unsafe XML_SetElementHandler(
      parser,
      { data, name, _ in
        guard let name = unsafe name else { return }
        unsafe XMLBuilder.of(data)?.begin(String(cString: name))
      },
      { data, _ in unsafe XMLBuilder.of(data)?.end() })
    unsafe XML_SetCharacterDataHandler(parser) { data, text, count in
      guard let text = unsafe text, count > 0 else { return }
      let bytes = unsafe UnsafeRawBufferPointer(start: text, count: Int(count))
      unsafe XMLBuilder.of(data)?.add(String(decoding: bytes, as: UTF8.self))
    }
    unsafe XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
      unsafe XMLBuilder.of(data)?.stop("a document type, which no output of GlusterFS has")
    }
    let status = unsafe bytes.withUnsafeBytes { source in
      unsafe XML_Parse(
        parser, source.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count), 1)
    }
    return status == XML_STATUS_OK && refusal == nil
  }

  private static func of(_ data: UnsafeMutableRawPointer?) -> XMLBuilder? {
    guard let data = unsafe data else { return nil }
    // Safe: `run` set it, and is not over while the parser calls.
    return unsafe Unmanaged<XMLBuilder>.fromOpaque(data).takeUnretainedValue()
  }

  private func begin(_ name: String) {
    elementCount += 1
    guard open.count < XMLElement.depthMax else {
      return stop("elements nested deeper than \(XMLElement.depthMax)")
    }
    guard elementCount <= XMLElement.elementCountMax else {
      return stop("more than \(XMLElement.elementCountMax) elements")
    }
    open.append(XMLElement(name: name))
  }

  private func add(_ text: String) {
    guard !open.isEmpty else { return }
    open[open.count - 1].text += text
  }

  private func end() {
    guard let element = open.popLast() else { return }
    if open.isEmpty {
      root = element
    } else {
      open[open.count - 1].children.append(element)
    }
  }

  private func stop(_ reason: String) {
    refusal = refusal ?? reason
    unsafe XML_StopParser(parser, 0)
  }
}
