/// All that a journal's writer does to a disk, and nothing that it does not do.
///
/// This is the seam at which tests stop the world: whatever goes past it can be cut off, torn or
/// refused by `SimulatedDisk`, and only `SystemDisk` talks to Linux. Nothing is durable before it
/// was synchronized: a file's bytes and length by the file's `synchronize`, its name by that of its
/// directory.
public protocol Disk: AnyObject, Sendable {
  /// The names in a directory, in no order.
  func names(in directory: String) throws(Failure) -> [String]
  /// Whether a name is taken.
  func exists(_ path: String) throws(Failure) -> Bool
  /// Makes a directory that was not there.
  func makeDirectory(_ path: String) throws(Failure)
  /// Makes an empty file that was not there.
  func create(_ path: String) throws(Failure) -> any DiskFile
  /// Opens a file that is there, to read and write.
  func open(_ path: String) throws(Failure) -> any DiskFile
  /// Opens a file that is there, to read only.
  func openForReading(_ path: String) throws(Failure) -> any ByteSource
  /// Gives a file another name; what had it is gone.
  func rename(_ path: String, to new: String) throws(Failure)
  /// Takes a file's name away.
  func remove(_ path: String) throws(Failure)
  /// Makes the names in a directory durable.
  func synchronizeDirectory(_ path: String) throws(Failure)
  /// How many bytes the file system that holds a path can still take.
  func freeByteCount(_ path: String) throws(Failure) -> Int
  /// Keeps other writers out until the last reference to the answer is gone.
  /// - Throws: `tryAgain` if somebody else holds it.
  func lock(_ path: String) throws(Failure) -> any AnyObject & Sendable
  /// Nanoseconds since 1970.
  func time() -> Int64
  /// Bytes that nobody else has drawn.
  func randomBytes(_ count: Int) -> [UInt8]
}

/// An open file of a `Disk`.
public protocol DiskFile: ByteSource, AnyObject {
  /// Writes all of the bytes; the file grows where it must.
  func write(_ bytes: ByteView, at offset: Int) throws(Failure)
  /// Makes sure that bytes up to `count` can be written without more space, and grows the file to
  /// it with zeros.
  func allocate(to count: Int) throws(Failure)
  /// Sets the length; new bytes are zeros.
  func truncate(to count: Int) throws(Failure)
  /// Makes bytes and length durable. Once it has thrown, nothing that was written may be taken for
  /// durable, whatever a later call says.
  func synchronize() throws(Failure)
}
