import Simulation
import Testing

/// The simulation's rules are effective: with a deliberately broken rule, it finds a breach of the
/// rule that reveals it.
struct MutationTests {
  @Test(arguments: Mutation.names)
  func `the simulation detects each deliberately broken rule`(name: String) {
    #expect(Mutation.find(name, seeds: 0..<3000) != nil)
  }
}
