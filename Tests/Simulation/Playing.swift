internal import Dispatch
internal import Synchronization

/// Plays many stories, on all cores, and adds them up.
package struct Playing: Sendable, CustomStringConvertible {
  package private(set) var stories = 0
  package private(set) var runs = 0
  package private(set) var deaths = 0
  package private(set) var failures = 0
  package private(set) var residue = 0
  /// What broke, by seed.
  package private(set) var breaches: [(seed: UInt64, words: String)] = []

  package static func stories(_ seeds: Range<UInt64>) -> Playing {
    let sum = Mutex(Playing())
    DispatchQueue.concurrentPerform(iterations: seeds.count) { index in
      let seed = seeds.lowerBound + UInt64(index)
      let story = Result { try Story(seed: seed) }
      sum.withLock { $0.add(story, seed) }
    }
    return sum.withLock { $0 }
  }

  private mutating func add(_ story: Result<Story, any Error>, _ seed: UInt64) {
    stories += 1
    switch story {
    case .success(let story):
      runs += story.runs
      deaths += story.deaths
      failures += story.failures
      residue += story.residue
    case .failure(let error): breaches.append((seed, "\(error)"))
    }
  }

  package var description: String {
    let list = breaches.sorted { $0.seed < $1.seed }.prefix(20).map {
      "seed \($0.seed): \($0.words)\n  replay it: make simulate SEED=\($0.seed)\n"
    }
    return list.joined()
      + "\(stories) stories, \(runs) runs, \(deaths) died, \(failures) ended by the disk, "
      + "\(residue) second persons removed inside the window, \(breaches.count) breaches"
  }
}
