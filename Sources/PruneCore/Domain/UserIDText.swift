package import JSON

extension JSONText {
  package mutating func field(_ name: String, _ id: UserID) {
    key(name)
    value(id)
  }

  package mutating func value(_ id: UserID) {
    value(count: id.count) { id[$0] }
  }
}
