/// A short word for exactly one set of things to do: counts and the first 12 hexadecimal digits of
/// the digest, such as `340r-1200c-7f3a9c01d2e4` (DESIGN 5). It names no user and no run.
package struct ApprovalToken: Hashable, Sendable, CustomStringConvertible {
  package let removals: Int
  package let clears: Int
  /// The first 48 bits of the digest, as lower-case hexadecimal digits.
  package let digest: String

  package init(removals: Int, clears: Int, digest: PlanDigest) {
    self.removals = removals
    self.clears = clears
    self.digest = String(digest.description.prefix(12))
  }

  /// The token of a plan; users whose sending is in doubt may be sent again, so they count.
  package init(_ plan: Plan) {
    self.init(plan, plan.digest())
  }

  /// The token of a plan whose digest is at hand.
  init(_ plan: Plan, _ digest: PlanDigest) {
    let (removals, clears) = plan.allowed
    self.init(removals: removals, clears: clears, digest: digest)
  }

  /// Reads the written form; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].last == "r", parts[1].last == "c",
      let removals = Self.count(parts[0].dropLast()), let clears = Self.count(parts[1].dropLast()),
      parts[2].utf8.count == 12, parts[2].utf8.allSatisfy(Self.isHexDigit)
    else { return nil }
    self.removals = removals
    self.clears = clears
    digest = String(parts[2])
  }

  package var description: String { "\(removals)r-\(clears)c-\(digest)" }

  private static func count(_ text: Substring) -> Int? {
    guard let number = Int(text), number >= 0, String(number) == text else { return nil }
    return number
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
