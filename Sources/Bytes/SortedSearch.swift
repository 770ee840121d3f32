extension Array {
  /// The first index whose element is not before what is sought, by bisection; `count` if all are.
  /// The elements that `isBefore` holds for must stand first.
  @inlinable public func firstIndex(notBefore isBefore: (Element) -> Bool) -> Int {
    var range = 0..<count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range =
        isBefore(self[middle]) ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }
}
