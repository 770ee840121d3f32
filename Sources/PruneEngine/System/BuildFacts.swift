internal import CBuild
internal import Crypto
internal import HTTP
internal import PruneCore

/// Where this executable comes from, and which system libraries it runs with.
package struct BuildFacts: Sendable {
  /// The commit, as 40 hex digits, with `+changes` if the work tree differed from it; nil if
  /// `make dist` did not make this build.
  package var commit: String?
  /// The date of that commit, YYYY-MM-DD.
  package var date: String?
  /// The version of the Swift compiler.
  package var swift: String?
  /// Name and version of each system library, as the libraries in this process report them.
  package var libraries: [(name: String, version: String)]

  /// This process's own.
  package static let own = BuildFacts(
    commit: unsafe text(cbuild_commit()), date: unsafe text(cbuild_date()),
    swift: unsafe text(cbuild_swift()),
    libraries: [
      ("libcurl", httpVersion), ("libyaml", manifestLibraryVersion), ("OpenSSL", opensslVersion),
      ("zlib", zlibVersionText),
    ])

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    unsafe pointer.map { unsafe String(cString: $0) }
  }
}
