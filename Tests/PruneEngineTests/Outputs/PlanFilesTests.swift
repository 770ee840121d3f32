import Foundation
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

/// Saved plans as files.
@Suite struct PlanFilesTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
  }

  private func failure(_ path: String) -> PlanFiles.Failure? {
    #expect(throws: PlanFiles.Failure.self) { _ = try PlanFiles.read(path) }
  }

  /// A plan of ten million users has 1.7 GB, and was once written and then refused for its size.
  /// The file here contains only zeros and takes no room.
  @Test func `a plan file of any size is read`() throws {
    try place.write("large.json", "")
    let file = try FileHandle(forWritingTo: URL(filePath: place.path("large.json")))
    try file.truncate(atOffset: 5 << 30)
    try file.close()
    #expect(
      failure(place.path("large.json"))
        == .refused(.notAPlan("the file is not a JSON object with a format_version")))
  }

  @Test func `a path that is not a file does not block`() throws {
    try place.makeFIFO("fifo")
    try place.makeFolder("folder")
    for path in [place.path("fifo"), place.path("folder"), "/dev/zero", place.path("none")] {
      guard case .system = failure(path) else {
        Issue.record("\(path) was read")
        return
      }
    }
  }
}
