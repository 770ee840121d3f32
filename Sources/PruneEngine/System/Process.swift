import CLinux
import Glibc
import HTTP
package import PruneCore

/// Clock, name and environment of this process.
package enum Process {
  /// The wall clock, in whole seconds since 1970.
  package static func wallSeconds() -> UInt32 {
    UInt32(clamping: time(nil))
  }

  package static var identifier: Int32 { getpid() }

  package static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A variable of the environment; nil if it is missing or empty.
  package static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// Where the process got bytes that are not UTF-8: an argument, or a variable whose name begins
  /// with IMPRUNE_ or GITHUB_, or TMPDIR. A repaired text would name another file. Nil if nowhere.
  package static func misencoded() -> String? {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { continue }
      if unsafe String(validatingCString: argument) == nil {
        return unsafe "the argument \(String(cString: argument))"
      }
    }
    let read = unsafe variables {
      $0.hasPrefix("IMPRUNE_") || $0.hasPrefix("GITHUB_") || $0 == "TMPDIR"
    }
    for index in 0..<(unsafe read.count) {
      guard let variable = unsafe read[index],
        unsafe String(validatingCString: variable) == nil
      else { continue }
      return unsafe "the variable \(String(cString: variable).prefix { $0 != "=" })"
    }
    return nil
  }

  /// The environment variables whose name `isWanted`, unchanged.
  static func variables(
    _ isWanted: (String) -> Bool
  ) -> [UnsafeMutablePointer<CChar>?] {
    var wanted: [UnsafeMutablePointer<CChar>?] = unsafe []
    var index = 0
    while let variable = unsafe environ[index] {
      let name = unsafe String(cString: variable).prefix { $0 != "=" }
      if isWanted(String(name)) { unsafe wanted.append(variable) }
      index += 1
    }
    return unsafe wanted
  }

  /// Whether an environment variable is set and empty.
  package static func isSetEmpty(_ name: String) -> Bool {
    guard let value = unsafe getenv(name) else { return false }
    return unsafe value.pointee == 0
  }

  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  package static func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) != -1 }

  /// Whether a descriptor is open for writing.
  static func isWritable(_ descriptor: Int32) -> Bool {
    let flags = fcntl(descriptor, F_GETFL)
    return flags != -1 && flags & O_ACCMODE != O_RDONLY
  }

  /// Whether this many more files can be opened.
  package static func canOpen(_ count: Int) -> Bool {
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    for _ in 0..<count {
      let copy = fcntl(0, F_DUPFD_CLOEXEC, 3)
      if copy == -1 { return false }
      copies.append(copy)
    }
    return true
  }

  /// Whether a descriptor is a regular file.
  package static func isFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Columns of a descriptor's terminal, or nil.
  package static func columns(_ descriptor: Int32) -> Int? {
    let columns = clinux_columns(descriptor)
    return columns > 0 ? Int(columns) : nil
  }

  /// Writes to standard output (1) or standard error (2); returns the error, if any.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) -> SystemError? {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        return SystemError(
          action: "write", path: descriptor == 1 ? "standard output" : "standard error",
          code: errno)
      }
      written += count
    }
    return nil
  }

  /// Whether the reader of a descriptor's pipe has closed it; writes nothing.
  package static func hasLostReader(_ descriptor: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: 0, revents: 0)
    return unsafe poll(&entry, 1, 0) == 1 && entry.revents & Int16(POLLERR) != 0
  }

  /// Exits at once, as safely as a crash.
  package static func leave(_ code: Int32) -> Never {
    _exit(code)
  }

  /// Opens /dev/null in place of standard descriptors that the parent has closed: the next opened
  /// file would get their numbers, and printed text would go into it.
  package static func fillStandardDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      // The kernel uses the lowest free number, which is this one.
      _ = unsafe Glibc.open("/dev/null", O_RDWR)
    }
  }

  /// Keeps the memory of this process, including keys, out of core dumps and away from other
  /// processes of the same user.
  package static func forbidDumps() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    // Neither can fail: a limit may always be lowered. A core dump piped to a program respects only
    // the second.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    _ = clinux_set_dumpable(0)
  }

  /// A write to a closed pipe, or beyond the file size limit, becomes an error of that write.
  package static func makeWritesFail() {
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  /// A signal for a crash, or Ctrl-\, ends the process at once: the Swift runtime prints "crashed"
  /// for it and may let the process continue.
  package static func makeCrashesEnd() {
    for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
      _ = signal(number, SIG_DFL)
    }
  }
}

extension Instant {
  /// The time on the clock that never goes back, which transfers go by too.
  package static func now() -> Instant { Instant(nanoseconds: MonotonicTime.now().nanoseconds) }
}
