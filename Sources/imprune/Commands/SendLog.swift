import PruneCore
import PruneEngine

/// The time of each call of a run, to verify the rate: one line `NANOSECONDS<TAB>ENDPOINT<TAB>USERS`
/// per call, on the monotonic clock.
final class SendLog {
  private let file: OutputFile
  private var lines: [UInt8] = []

  init(_ place: OutputPlace) throws(SystemError) {
    file = try OutputFile(place)
  }

  func add(_ endpoint: String, _ users: Int, _ instant: Instant) {
    let line = "\(instant.nanoseconds)\t\(endpoint)\t\(users)\n"
    lines.append(contentsOf: line.utf8)
  }

  /// Writes the file; only now, so that no call waits for the disk.
  func close() throws(SystemError) {
    try file.write(lines)
    try file.commit()
  }
}
