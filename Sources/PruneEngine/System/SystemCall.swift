import Glibc

/// Repeats the call while a signal interrupts it; throws on -1.
func retrying<Number: SignedInteger>(
  _ action: String, _ path: String, _ call: () -> Number
) throws(SystemError) -> Number {
  while true {
    let result = call()
    if result != -1 { return result }
    if errno != EINTR { throw SystemError(action: action, path: path, code: errno) }
  }
}
