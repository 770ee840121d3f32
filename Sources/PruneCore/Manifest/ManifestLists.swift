internal import Bytes
internal import YAML

/// The value of `ids_from`: a list, or a column of a CSV file.
extension ManifestReader {
  private enum SourceKey: String, CaseIterable { case path, column }
  private static let sourceKeys = KeyTable<SourceKey>("`ids_from`")

  mutating func readIDsFrom(_ event: YAMLParser.Event) throws(YAMLError) {
    let mark = parser.mark
    if event == .mappingStart, !parser.isTagged {
      guard let (path, mark, column) = try readCSVSource(event) else { return }
      return readList(path, at: mark, column)
    }
    guard case .scalar = event, !parser.isTagged else {
      _ = try isWanted(
        event, .scalar(plain: true), "`ids_from`", "a path, or a mapping of `path` and `column`")
      return
    }
    readList(String(decoding: parser.scalar, as: UTF8.self), at: mark, nil)
  }

  /// Reads `{path: users.csv, column: user_id}`; nil, with the problems noted, unless it is
  /// complete.
  private mutating func readCSVSource(
    _ event: YAMLParser.Event
  ) throws(YAMLError) -> (path: String, mark: Mark, column: CSVColumn)? {
    let start = parser.mark
    var path: (text: String, mark: Mark)?
    var column: CSVColumn?
    let seen = try readMapping(event, "`ids_from`", Self.sourceKeys) {
      (reader, key, event) throws(YAMLError) in
      let mark = reader.parser.mark
      switch key {
      case .path: path = try reader.readText(event, "`path`").map { ($0, mark) }
      case .column: column = try reader.readColumn(event)
      }
    }
    guard let seen else { return nil }
    if !seen.contains(.path) {
      add(
        .error, at: start,
        .missingKey(
          "path", in: "`ids_from`",
          hint: "It is the path of a file in the manifest's "
            + "folder."))
    }
    if !seen.contains(.column) {
      add(
        .error, at: start,
        .missingKey(
          "column", in: "`ids_from`",
          hint:
            "It is the name of a column of the CSV file, or its number. For a list with one id "
            + "per line, write `ids_from: FILE`."))
    }
    guard let path, let column else { return nil }
    return (path.text, path.mark, column)
  }

  /// A plain whole number counts columns from 1; any other string is a name.
  private mutating func readColumn(_ event: YAMLParser.Event) throws(YAMLError) -> CSVColumn? {
    let mark = parser.mark
    let isOnOneLine = parser.lines == 1
    guard let text = try readText(event, "`column`") else { return nil }
    if event == .scalar(plain: true), PlainScalar.isCanonicalDecimal(parser.scalar) {
      if let number = Int(text), (1...CSVColumn.highest).contains(number) { return .number(number) }
    } else if isOnOneLine, !text.isEmpty, !text.unicodeScalars.contains(where: \.isHidden),
      event == .scalar(plain: false) || PlainScalar.isSafe(parser.scalar)
    {
      return .name(text)
    }
    add(.error, at: mark, .columnInvalid)
    return nil
  }

  /// The maximum size of all lists together, in bytes. imprune reads a list again each time a manifest
  /// names it, so without this limit a small change could cause hours of reading.
  private static var maxBytes: Int { 4 << 30 }

  /// Reads a file's ids, or those of one of its columns, into their own group.
  private mutating func readList(_ path: String, at mark: Mark, _ column: CSVColumn?) {
    guard !path.unicodeScalars.contains(where: \.isHidden) else {
      return add(.error, at: mark, .pathHidden)
    }
    guard files.count <= 10_000 else { return add(.error, at: mark, .tooManyFiles) }
    do throws(ListRefusal) {
      let list = try lists.open(path)
      listBytes += list.bytes
      guard listBytes <= Self.maxBytes else {
        return add(.error, at: mark, .listsTooLarge(Self.maxBytes))
      }
      let file = UInt16(files.count)
      files.append(list.name)
      columns[file] = column
      entries.groups.start(.clearTags, .first, file: file, column: 1, reason: [], mayJoin: false)
      let count = entries.list.count
      let errors = diagnostics.errors
      let (first, source) = list.source.peeked(TextEncoding.needed)
      if let encoding = TextEncoding(first) {
        diagnostics.add(.error, at: Place(file: file, line: 1, column: 1), .encoding(encoding))
      } else if let column {
        entries.reserve(forBytes: list.bytes / 2)
        var reader = CSVColumnReader(source, file: file, column: column)
        try reader.read(into: &entries, &diagnostics)
      } else {
        entries.reserve(forBytes: list.bytes)
        var reader = IDListReader(source, file: file)
        try reader.read(into: &entries, &diagnostics)
      }
      if entries.list.count == count, diagnostics.errors == errors {
        add(.error, at: mark, .emptyList(path))
      }
    } catch {
      add(.error, at: mark, .list(path, error))
    }
  }
}
