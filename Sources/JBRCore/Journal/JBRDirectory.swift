/// Finds the files of a jbr journal.
enum JBRDirectory {
  static func files(_ path: String, _ names: [String]) throws(Failure) -> JournalFiles {
    var terms: [Term: TermFiles] = [:]
    for name in names.sorted() {
      guard let file = JournalNames.parse(name) else { continue }
      let source = PathSource(path + "/" + name)
      var files = terms[file.term] ?? TermFiles(term: file.term, events: nil)
      switch file {
      case .events: files.events = source
      case .index: files.index = source
      case .data(_, let number, let isCompressed):
        // Both are there while a compression is at work: the plain one is what counts.
        if !isCompressed { files.data[number] = source }
      }
      terms[file.term] = files
    }
    var found = JournalFiles(path: path, pairs: [])
    found.terms = terms.values.sorted { $0.term < $1.term }
    return found
  }
}
