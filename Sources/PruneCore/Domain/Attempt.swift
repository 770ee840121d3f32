/// The value of an expression; if it throws, throws another error made from that one.
@inlinable package func attempt<Value: ~Copyable, Failure, Whole>(
  _ body: @autoclosure () throws(Failure) -> Value, orThrow whole: (Failure) -> Whole
) throws(Whole) -> Value {
  do throws(Failure) {
    return try body()
  } catch {
    throw whole(error)
  }
}
