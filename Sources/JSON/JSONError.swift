/// A text is not the JSON that was asked for.
public struct JSONError: Error {
  @inlinable public init() {}
}
