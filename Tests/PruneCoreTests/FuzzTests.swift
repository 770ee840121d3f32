import Foundation
import Fuzzing
import Testing

/// The parsers of untrusted bytes on damaged inputs: there is always a value or an error, and the
/// rules of `FuzzTarget` hold.
///
/// Every input has a seed. `FUZZ_SEED=N FUZZ_RUNS=1` replays one; `FUZZ_RUNS=100000` makes a long
/// run; `FUZZ_TRACE=1` prints each seed before its run, in case the process crashes. `make fuzz`
/// lets libFuzzer search for inputs.
@Suite struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let first = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
  private static let runs = environment["FUZZ_RUNS"].flatMap { UInt64($0) } ?? 250
  private static let isTraced = environment["FUZZ_TRACE"] == "1"

  @Test(arguments: FuzzTarget.allCases)
  func `every corpus input keeps the rules, and most are valid`(target: FuzzTarget) throws {
    var taken = 0
    for (name, bytes) in try target.corpus() {
      do throws(Finding) {
        if try target.check(bytes) { taken += 1 }
      } catch {
        Issue.record("\(target.rawValue)/\(name): \(error)")
      }
    }
    // A corpus that no parser accepts would test little.
    #expect(taken >= 3)
  }

  @Test(arguments: FuzzTarget.allCases)
  func `no damaged input breaks a rule`(target: FuzzTarget) throws {
    let mutator = try Mutator(target)
    var taken = 0
    for seed in Self.first..<(Self.first + Self.runs) {
      if Self.isTraced { FileHandle.standardError.write(Data("\(target) \(seed)\n".utf8)) }
      do throws(Finding) {
        if try target.check(mutator.input(seed: seed)) { taken += 1 }
      } catch {
        Issue.record(
          """
          \(target.rawValue), seed \(seed): \(error)
          To replay: FUZZ_SEED=\(seed) FUZZ_RUNS=1 swift test --filter FuzzTests
          """)
      }
    }
    // Some damage has to get past the checksums, or the rest of a parser is not reached.
    if Self.runs > 100 { #expect(taken > Int(Self.runs / 50), "\(taken) of \(Self.runs)") }
  }

  @Test func `a seed always gives the same input`() throws {
    let (one, other) = (try Mutator(.state), try Mutator(.state))
    for seed in 0..<50 as Range<UInt64> {
      #expect(one.input(seed: seed) == other.input(seed: seed))
    }
  }
}
