import Glibc
import Simulation

/// Runs scenarios of the simulation: one seed with its whole schedule, or a range of seeds.
///
///     simulate 1234
///     simulate 0..<100000
///     simulate shared 1234
///     simulate shared 0..<100000
///     simulate shared 1234 noLease
@main
struct Simulate {
  static func main() {
    let words = CommandLine.arguments.dropFirst()
    if (2...3).contains(words.count), words.first == "shared", let seed = UInt64(Array(words)[1]) {
      return replayShared(seed, words.last.flatMap { SharedMutation(rawValue: $0) })
    }
    if words.count == 1, let seed = words.first.flatMap({ UInt64($0) }) { return replay(seed) }
    let isShared = words.count == 2 && words.first == "shared"
    guard words.count == (isShared ? 2 : 1), let seeds = words.last.flatMap(range) else {
      print(
        "usage: simulate [shared] SEED | simulate [shared] FIRST..<END | simulate shared SEED MUTATION"
      )
      return leave(64)
    }
    if isShared { playShared(seeds) } else { play(seeds) }
  }

  private static func range(_ text: String) -> Range<UInt64>? {
    let bounds = text.split(separator: "..<").compactMap { UInt64($0) }
    guard bounds.count == 2, bounds[0] < bounds[1] else { return nil }
    return bounds[0]..<bounds[1]
  }

  private static func replay(_ seed: UInt64) {
    let trace = Trace()
    let scenario = Result { try Scenario(seed: seed, trace: trace) }
    for line in trace.lines { print(line) }
    switch scenario {
    case .success(let scenario):
      print(
        "seed \(seed): \(scenario.runs) runs, \(scenario.deaths) died, \(scenario.failures) ended by the disk, "
          + "\(scenario.residue) second persons removed inside the window, no broken rule")
    case .failure: leave(1)
    }
  }

  private static func replayShared(_ seed: UInt64, _ mutation: SharedMutation?) {
    let trace = Trace()
    let story = Result { try SharedStory(seed: seed, mutation: mutation, trace: trace) }
    for line in trace.lines { print(line) }
    switch story {
    case .success(let story):
      print(
        "seed \(seed): \(story.runs) runs, \(story.deaths) died, \(story.held) found the state held, "
          + "\(story.deposed) lost it, \(story.turns) turns, no broken rule")
    case .failure(let error):
      print("BREACH \(error)")
      leave(1)
    }
  }

  private static func play(_ seeds: Range<UInt64>) {
    let report = SeedSweep.run(seeds)
    print(report)
    if !report.breaches.isEmpty { leave(1) }
  }

  private static func playShared(_ seeds: Range<UInt64>) {
    let report = SharedSweep.run(seeds)
    print(report)
    if !report.breaches.isEmpty { leave(1) }
  }

  private static func leave(_ code: Int32) { exit(code) }
}
