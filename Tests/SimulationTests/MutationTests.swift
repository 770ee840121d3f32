import Simulation
import Testing

/// The simulation's rules bite: with a rule of the product broken on purpose, it finds a breach of
/// the rule that is to show it.
struct MutationTests {
  @Test(arguments: Mutation.names)
  func `a rule that is broken on purpose is found`(name: String) {
    #expect(Mutation.find(name, seeds: 0..<3000) != nil)
  }
}
