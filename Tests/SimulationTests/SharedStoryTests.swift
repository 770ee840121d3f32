import Dispatch
import Foundation
import Simulation
import Synchronization
import Testing

/// Machines that apply to one shared state at the same time, with a bad network, stops and kills: the
/// rules always hold, and runs without faults finish the work.
struct SharedStoryTests {
  /// `SHARED_SEEDS=100000` plays more of them; `make soak` does.
  private static let seeds =
    ProcessInfo.processInfo.environment["SHARED_SEEDS"].flatMap { UInt64($0) } ?? 200

  private struct Sum {
    var breaches: [String] = []
    var (deaths, held, deposed) = (0, 0, 0)
  }

  @Test func `runs on several machines keep the rules`() {
    let sum = Mutex(Sum())
    DispatchQueue.concurrentPerform(iterations: Int(Self.seeds)) { seed in
      let story = Result { try SharedStory(seed: UInt64(seed)) }
      sum.withLock { sum in
        switch story {
        case .success(let story):
          sum.deaths += story.deaths
          sum.held += story.held
          sum.deposed += story.deposed
        case .failure(let error): sum.breaches.append("seed \(seed): \(error)")
        }
      }
    }
    let all = sum.withLock { $0 }
    #expect(all.breaches.isEmpty, "\(all.breaches.prefix(20))")
    // What is to be survived really happens.
    #expect(all.deaths > Int(Self.seeds) / 10 && all.held > Int(Self.seeds) / 4)
    #expect(all.deposed > Int(Self.seeds) / 500, "\(all.deposed) runs lost the state")
  }

  @Test func `a run that dies anywhere with its machine is finished by the next`() throws {
    var deaths = 0
    for wait in 1... {
      let story = try SharedStory(users: 1000, killedAt: wait)
      deaths += story.deaths
      // The run was over before.
      if story.deaths == 0 { break }
    }
    #expect(deaths > 40)
  }

  @Test(arguments: SharedMutation.allCases)
  func `the stories detect each rule that is broken on purpose`(mutation: SharedMutation) {
    #expect(mutation.find(0..<5000) != nil)
  }
}
