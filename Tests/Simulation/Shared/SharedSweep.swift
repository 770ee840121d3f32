import Dispatch
import Synchronization

/// Many stories of a shared state, with what happened in them.
package struct SharedSweep: Sendable, CustomStringConvertible {
  package private(set) var stories = 0
  package private(set) var runs = 0
  package private(set) var deaths = 0
  package private(set) var held = 0
  package private(set) var deposed = 0
  /// The breaches, by seed.
  package private(set) var breaches: [(seed: UInt64, words: String)] = []

  package static func run(_ seeds: Range<UInt64>) -> SharedSweep {
    let sum = Mutex(SharedSweep())
    DispatchQueue.concurrentPerform(iterations: seeds.count) { index in
      let seed = seeds.lowerBound + UInt64(index)
      let story = Result { try SharedStory(seed: seed) }
      sum.withLock { $0.add(story, seed) }
    }
    return sum.withLock { $0 }
  }

  private mutating func add(_ story: Result<SharedStory, any Error>, _ seed: UInt64) {
    stories += 1
    switch story {
    case .success(let story):
      runs += story.runs
      deaths += story.deaths
      held += story.held
      deposed += story.deposed
    case .failure(let error): breaches.append((seed, "\(error)"))
    }
  }

  package var description: String {
    let list = breaches.sorted { $0.seed < $1.seed }.prefix(20).map {
      "seed \($0.seed): \($0.words)\n  replay it: make simulate SEED='shared \($0.seed)'\n"
    }
    return list.joined()
      + "\(stories) stories, \(runs) runs, \(deaths) died, \(held) found the state held, "
      + "\(deposed) lost it, \(breaches.count) broken rules"
  }
}
