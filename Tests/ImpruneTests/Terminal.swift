import Foundation

/// A terminal that a test types at; the process under test has its other end.
final class Terminal {
  let inside: FileHandle
  private let outside: FileHandle

  struct Failure: Error {}

  // The work of ptsname and unlockpt, whose declarations Swift cannot see.
  private static let unlock: UInt = 0x4004_5431
  private static let numberOf: UInt = 0x8004_5430

  init() throws {
    let descriptor = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure() }
    outside = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var isLocked: CInt = 0
    var number: CUnsignedInt = 0
    guard unsafe ioctl(descriptor, Self.unlock, &isLocked) == 0,
      unsafe ioctl(descriptor, Self.numberOf, &number) == 0
    else { throw Failure() }
    let other = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard other >= 0 else { throw Failure() }
    inside = FileHandle(fileDescriptor: other, closeOnDealloc: true)
  }

  /// Types a line for the next reader.
  func type(_ text: String) {
    outside.write(Data(text.utf8))
  }
}
