/// Why imprune refuses a tag file. It leaves the file unchanged.
package enum TagFileError: Error, Equatable, Sendable {
  /// The first line is not a tag file's.
  case notATagFile
  /// The file is empty or ends within its first line.
  case empty
  /// An editor, or git, has converted the text.
  case rewritten(TextForm)
  /// Written by a newer version.
  case newerVersion(String)
  /// A line other than an incomplete last one has a wrong CRC or a wrong format, or follows the
  /// end line.
  case damaged(line: UInt32)
  /// The end line counts other lines than there are.
  case wrongCount(said: Int, found: Int)
  /// The operating system's message.
  case unreadable(String)

  /// What is wrong and what to do, in sentences.
  package var explanation: String {
    switch self {
    case .notATagFile:
      "The first line is not the header of an imprune tag file. Name a file that a run wrote next "
        + "to its state: `NAME.state.tags-RUN`."
    case .empty:
      "The file is empty or ends within its first line, so it contains no tags. A run that is "
        + "killed before it clears any tags can leave such a file; you can delete it. If it had "
        + "content before, restore it from a backup."
    case .rewritten(.carriageReturns):
      "The lines end with CR LF instead of LF: git, an editor or a transfer converted the file. "
        + "Convert it back with `sed -i 's/\\r$//' FILE`, then run the command again: imprune checks "
        + "every line."
    case .rewritten(.byteOrderMark):
      "The file begins with a byte order mark, which imprune never writes: an editor added it. Remove "
        + "it with `sed -i '1s/^\\xEF\\xBB\\xBF//' FILE`, then run the command again: imprune checks "
        + "every line."
    case .rewritten(.utf16):
      "The file is UTF-16 text, but imprune writes UTF-8: an editor or a shell converted it. Restore "
        + "the file from a backup."
    case .newerVersion(let version):
      "The tag file has version \(version), but this imprune reads version "
        + "\(TagFileHeader.version). Use the imprune that wrote it, or a newer one."
    case .damaged(let line):
      "Line \(line) of the tag file is damaged. It is not the incomplete last line that a crash "
        + "leaves. Restore the file from a backup. "
        + (line > 2
          ? Self.list
          : "Without one, you can still read its lines, which are text.")
    case .wrongCount(let said, let found):
      "The end line counts \(said) lines of users, but the file has \(found). Restore the file "
        + "from a backup. " + Self.list
    case .unreadable(let words):
      "imprune cannot read the tag file: \(words). Check the path and the permissions, then run "
        + "the command again."
    }
  }

  private static let list =
    "Without one, `imprune tags list FILE --all` still prints the lines before the damage."

  init(_ failure: FramedLines.Failure) {
    switch failure {
    case .damaged(let line): self = .damaged(line: line)
    case .unreadable(let words): self = .unreadable(words)
    }
  }
}
