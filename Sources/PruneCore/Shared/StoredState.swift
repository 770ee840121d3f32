/// What a store says of the state that it keeps, besides its bytes.
package struct StoredState: Equatable, Sendable {
  /// Changes whenever the state is replaced; its form is the store's own.
  package struct Version: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
      self.text = text
    }
  }

  /// Names one save: no two saves have the same name.
  package struct Save: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// The save of a run with a number of its own.
    package init(_ run: RunID, _ number: Int) { description = "\(run)-\(number)" }

    /// A name as a store has kept it.
    package init(stored text: String) { description = text }
  }

  package var version: Version
  package var save: Save
  /// The last entry of the log that the state contains.
  package var log: LogIndex

  package init(version: Version, save: Save, log: LogIndex) {
    self.version = version
    self.save = save
    self.log = log
  }
}
