/// The `random` parameter of requests: any 32 bits, never the same twice in a row (docs/service.md,
/// "Requests").
package struct RequestNumbers<Generator: RandomNumberGenerator> {
  private var generator: Generator
  private var last: UInt32?

  package init(_ generator: Generator) {
    self.generator = generator
  }

  package mutating func next() -> UInt32 {
    var number: UInt32 = generator.next()
    if number == last { number &+= 1 }
    last = number
    return number
  }
}
