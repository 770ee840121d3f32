import Simulation
import Testing

/// Machines that apply to one shared state at the same time, with a bad network, stops and kills: the
/// rules always hold, and runs without faults finish the work.
struct SharedStoryTests {
  /// `make soak` plays 100,000.
  @Test func `runs on several machines keep the rules`() {
    let sweep = SharedSweep.run(0..<200)
    #expect(sweep.breaches.isEmpty, "\(sweep)")
    // What is to be survived really happens.
    #expect(sweep.deaths > 20 && sweep.held > 50 && sweep.deposed > 0, "\(sweep)")
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
