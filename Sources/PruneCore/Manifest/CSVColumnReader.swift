internal import Bytes

/// Reads the ids of one column of a CSV file.
struct CSVColumnReader: ~Copyable {
  private var csv: CSVReader
  private let file: UInt16
  private let column: CSVColumn
  private var ids: ListedIDs

  init(_ source: ByteSource, file: UInt16, column: CSVColumn) {
    csv = CSVReader(source, file: file)
    self.file = file
    self.column = column
    if case .number = column {
      ids = ListedIDs(.column)
    } else {
      ids = ListedIDs(.column, mayHaveHeader: false)
    }
  }

  /// Appends the ids to the last group of entries, and notes problems.
  mutating func read(
    into entries: inout Entries, _ diagnostics: inout Diagnostics
  ) throws(ListRefusal) {
    var wanted: Int
    var width: Int?
    switch column {
    case .number(let number): wanted = number - 1
    case .name(let name):
      guard let header = try csv.next(keeping: nil, &diagnostics) else { return }
      guard let index = index(of: name, header, &diagnostics) else { return }
      wanted = index
      width = header.fields
    }
    while let record = try csv.next(keeping: wanted, &diagnostics) {
      if record.isBroken { continue }
      let start = Place(file: file, line: record.line, column: 1)
      if let width {
        if record.fields != width {
          diagnostics.add(.error, at: start, .raggedRow(record.fields, wanted: width))
          continue
        }
      } else {
        width = record.fields
      }
      guard let field = csv.kept.first else {
        // The first record sets the number of fields, and no other record has fewer.
        return diagnostics.add(
          .error, at: start, .noColumn(column, columns: [], count: record.fields))
      }
      if field.isCut {
        diagnostics.add(.error, at: field.place, .idTooLong(moreThan: CSVReader.maxFieldBytes))
      } else if !ids.take(
        field.bytes.span, 0..<field.bytes.count, at: field.place, into: &entries, &diagnostics)
      {
        return
      }
    }
  }

  /// The column with a name; nil, with the problem noted, unless there is exactly one.
  private func index(
    of name: String, _ header: CSVReader.Record, _ diagnostics: inout Diagnostics
  ) -> Int? {
    if header.isBroken { return nil }
    let start = Place(file: file, line: header.line, column: 1)
    let names = csv.kept.map { String(decoding: $0.bytes, as: UTF8.self) }
    let found = csv.kept.indices.filter {
      !csv.kept[$0].isCut && csv.kept[$0].bytes == Array(name.utf8)
    }
    if found.isEmpty {
      diagnostics.add(.error, at: start, .noColumn(column, columns: names, count: header.fields))
    } else if found.count > 1 {
      diagnostics.add(.error, at: csv.kept[found[1]].place, .twoColumns(name))
    }
    return found.count == 1 ? found[0] : nil
  }
}
