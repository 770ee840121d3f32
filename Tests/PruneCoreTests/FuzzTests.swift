import PruneCore
import TestSupport
import Testing

/// Damaged input by seed: there is always a value or an error, never a trap, and never more kept
/// than the input is long.
@Suite struct FuzzTests {
  /// Pieces that mean something in YAML, lists or states.
  private static let pieces: [[UInt8]] = [
    "\n", "\r\n", "\t", " ", "  ", "- ", ": ", "#", "\"", "'", "[", "]", "{", "}", ",", "*a", "&a ",
    "!!str ", "|", ">", "---\n", "...\n", "%YAML 1.1\n", "? ", "<<", "\\", "\0", "\u{FEFF}",
    "\u{202E}", "\u{2028}", "\u{85}", "é", "e\u{301}", "😀", "0", "1e5", "-", "id: x", "ids: [a]",
    "tags: []", "account: absent", "revision: 2", "users:\n", "checksum\t", "imprune-state\t1\n",
    "remove-account", "failed(1)", "999999999999",
  ].map { Array($0.utf8) }

  /// Changes a few places: flips, cuts, repeats, inserts.
  private func mutate(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.below(4) {
      let place = random.below(bytes.count + 1)
      let end = min(bytes.count, place + random.below(20))
      switch random.below(6) {
      case 0 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
      case 2: bytes.removeSubrange(place..<end)
      case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 4 where random.oneIn(20): bytes.removeSubrange(place...)
      default: bytes.insert(contentsOf: random.pick(Self.pieces), at: place)
      }
    }
    return bytes
  }

  private func check(_ reading: ManifestReading, bytes: Int) {
    let diagnostics = reading.diagnostics
    let isWhole =
      (reading.manifest == nil) == diagnostics.hasErrors
      && diagnostics.kept.count <= 2 * Diagnostics.shown
      && diagnostics.errors + diagnostics.warnings >= diagnostics.kept.count
      && (reading.manifest?.entries.list.count ?? 1) >= 1
      && (reading.manifest?.entries.list.count ?? 0) <= bytes
      && diagnostics.kept.allSatisfy {
        $0.place.line >= 1 && $0.place.column >= 1 && Int($0.place.file) < reading.files.count
          && !$0.summary.isEmpty && !$0.detail.isEmpty
          && !$0.detail.unicodeScalars.contains { $0.properties.generalCategory == .control }
      }
    if !isWhole { Issue.record("\(diagnostics)") }
    // What was read can be planned and told.
    if let manifest = reading.manifest {
      guard let plan = try? makePlan(manifest, nil), plan.items.count == manifest.entries.list.count
      else {
        Issue.record("a manifest that cannot be planned")
        return
      }
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a damaged manifest is a value or an error`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let text = Array(ManifestTests.example.utf8)
    let list = Array("# left in May\nl1\nl2\n".utf8)
    for _ in 0..<700 {
      let damaged = mutate(text, &random)
      let reading = readManifest(
        damaged, lists: ["leavers.txt": .bytes(list)], chunkSize: 1 + random.below(2000))
      check(reading, bytes: damaged.count + list.count)
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a damaged list is a value or an error`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let manifest = Array(manifest(users: "{ids_from: f, account: absent}").utf8)
    let list = Array("\u{FEFF}# users\r\nbob\r\nalice\n\n10001\né\nlast".utf8)
    for _ in 0..<700 {
      let damaged = mutate(list, &random)
      let reading = readManifest(
        manifest, lists: ["f": .bytes(damaged)], chunkSize: 1 + random.below(20))
      check(reading, bytes: damaged.count)
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a damaged state is refused`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let whole = try StateTests.sample().bytes()
    for _ in 0..<1000 {
      let damaged = mutate(whole, &random)
      do throws(StateError) {
        _ = try WholeState(damaged, chunkSize: 1 + random.below(300))
        if damaged != whole { Issue.record("read: \(String(decoding: damaged, as: UTF8.self))") }
      } catch {
        if error.explanation.isEmpty { Issue.record("\(error)") }
      }
    }
  }

  /// Without a checksum to guard them, the lines themselves have to hold.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a record that is read is written the same`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let whole = try StateTests.sample()
    let body = Array(whole.bytes().split(separator: 0x0A)[..<13].joined(separator: [0x0A])) + [0x0A]
    for _ in 0..<1000 {
      let damaged = mutate(body, &random)
      var read = WholeState(header: whole.header, records: [])
      // The end is missing, so there always is an error; the records before it are what counts.
      let error = read.readRecords(damaged)
      if error == nil { Issue.record("no end, and no error") }
      var written: [UInt8] = []
      for record in read.records { record.append(to: &written) }
      let lines = damaged.split(separator: 0x0A, omittingEmptySubsequences: false).dropFirst(7)
      let same = lines.prefix(read.records.count).flatMap { $0 + [0x0A] }
      if !read.records.isEmpty, written != same {
        Issue.record("\(String(decoding: same, as: UTF8.self))")
      }
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `random bytes are an error`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<300 {
      let bytes = (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      check(readManifest(bytes), bytes: bytes.count)
      #expect(throws: StateError.self) { try WholeState(bytes) }
      let pieces = (0..<random.below(60)).flatMap { _ in random.pick(Self.pieces) }
      check(readManifest(pieces), bytes: pieces.count)
      #expect(throws: StateError.self) { try WholeState(pieces) }
    }
  }
}
