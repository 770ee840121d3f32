/// Why a YAML text could not be read further, and where.
package struct YAMLError: Error, Equatable, Sendable {
  /// What went wrong.
  package enum Kind: Equatable, Sendable {
    /// The text is not YAML; libyaml's message.
    case syntax(String)
    /// The bytes are not UTF-8, or contain a control character that YAML forbids.
    case encoding(String)
    /// A line ends with this character, which only YAML treats as a line break.
    case lineBreak(UInt32)
    /// A collection is nested deeper than `YAMLParser.Limits.depth`.
    case tooDeep(Int)
    /// One value, or the space between two, is longer than `YAMLParser.Limits.valueBytes`.
    case valueTooLong(Int)
    /// The text is longer than `YAMLParser.Limits.totalBytes`.
    case tooLong(Int)
    /// The source failed; the operating system's message.
    case unreadable(String)
    /// libyaml could not allocate memory.
    case outOfMemory
  }

  package let kind: Kind
  package let mark: Mark
}
