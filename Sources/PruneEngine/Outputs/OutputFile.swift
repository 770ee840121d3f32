/// An output during writing. A file gets its name in one step, when everything is written and
/// durable, and stays unchanged if that fails; everything else gets its content at once.
package final class OutputFile {
  private let file: File
  private let replacement: FileReplacement?

  package init(_ place: OutputPlace) throws(SystemError) {
    switch place.target {
    case .descriptor(let number):
      file = try File.duplicate(of: number)
      replacement = nil
    case .stream(let path):
      file = try File.open(path, for: .streaming).requireStream()
      replacement = nil
    case .file(let path):
      let replacement = try FileReplacement(of: path)
      file = replacement.draft
      self.replacement = replacement
    }
  }

  package func write(_ bytes: [UInt8]) throws(SystemError) {
    try file.write(bytes)
  }

  /// Ends the output; without this call a file is not written.
  package func commit() throws(SystemError) {
    try replacement?.commit()
  }

  /// Writes an output whose content is known.
  package func save(_ bytes: [UInt8]) throws(SystemError) {
    try write(bytes)
    try commit()
  }

  /// Writes an output whose content is known.
  package static func save(_ bytes: [UInt8], to place: OutputPlace) throws(SystemError) {
    try OutputFile(place).save(bytes)
  }
}
