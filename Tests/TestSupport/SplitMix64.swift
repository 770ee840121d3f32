internal import PruneCore

/// A small random number generator: the same seed gives the same numbers on every machine.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var numbers: Randomness

  package init(seed: UInt64) {
    numbers = Randomness(seed: seed)
  }

  package mutating func next() -> UInt64 { numbers.next() }

  /// A number below `bound`.
  package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

  /// True with odds of one in `count`.
  package mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  /// Any element of a non-empty collection.
  package mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }
}
