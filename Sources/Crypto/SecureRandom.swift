/// `count` bytes that cannot be predicted; a negative count gives none.
///
/// The system generator reads the kernel's (getrandom on Linux) and ends the process rather than
/// return weak bytes.
package func secureRandomBytes(_ count: Int) -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  return (0..<max(count, 0)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
}
