internal import Bytes

/// A short text for exactly one set of operations: counts and the first 32 hexadecimal digits of
/// the digest, such as `340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b62` (docs/architecture.md,
/// "Approval"). It names no user and no run.
///
/// 128 bits keep two plans from having one token. With 48 bits, as in an older format, it took two
/// minutes to find two ordinary lists of twelve users with the same token.
package struct ApprovalToken: Hashable, Sendable, CustomStringConvertible {
  package let removals: Int
  package let clears: Int
  /// The first 128 bits of the digest, as lower-case hexadecimal digits.
  package let digest: String

  /// How many digits of the digest a token has.
  package static let digits = 32
  /// How many digits tokens had before.
  private static let formerDigits = 12

  package init(removals: Int, clears: Int, digest: PlanDigest) {
    self.removals = removals
    self.clears = clears
    self.digest = digest.leadingDigits
  }

  /// The token of a plan; unresolved users may be sent again, so they count.
  package init(_ plan: Plan) {
    self.init(plan, plan.digest())
  }

  /// The token of a plan with a known digest.
  init(_ plan: Plan, _ digest: PlanDigest) {
    let (removals, clears) = plan.allowed
    self.init(removals: removals, clears: clears, digest: digest)
  }

  /// Reads the text form; nil for anything else.
  package init?(_ text: String) {
    guard let parts = Self.parts(of: text, digits: Self.digits) else { return nil }
    (removals, clears, digest) = parts
  }

  /// Reads a pasted token: surrounding whitespace and case do not matter.
  package init?(pasted text: String) {
    self.init(Self.trimmed(text))
  }

  /// Whether a text is a token of the old length, which approves nothing any more.
  package static func isFormer(_ text: String) -> Bool {
    parts(of: trimmed(text), digits: formerDigits) != nil
  }

  package var description: String { "\(removals)r-\(clears)c-\(digest)" }

  private static func trimmed(_ text: String) -> String {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...last].lowercased()
  }

  private static func parts(
    of text: String, digits: Int
  ) -> (removals: Int, clears: Int, digest: String)? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].last == "r", parts[1].last == "c",
      let removals = Self.count(parts[0].dropLast()), let clears = Self.count(parts[1].dropLast()),
      parts[2].utf8.count == digits, parts[2].utf8.allSatisfy(\.isLowercaseHexDigit)
    else { return nil }
    return (removals, clears, String(parts[2]))
  }

  private static func count(_ text: Substring) -> Int? {
    guard let number = Int(text), number >= 0, String(number) == text else { return nil }
    return number
  }
}
