internal import Bytes
internal import Crypto

extension [UInt8] {
  /// Appends a line with its CRC before it and an LF after it (see `JournalRecord`).
  mutating func appendFramed(_ write: (inout [UInt8]) -> Void) {
    let start = count
    append(contentsOf: "00000000\t".utf8)
    write(&self)
    var crc = CRC32()
    crc.update(span.extracting((start + 9)..<count))
    var hex: [UInt8] = []
    hex.appendHex(UInt64(crc.value), digits: 8)
    replaceSubrange(start..<(start + 8), with: hex)
    append(UInt8(ascii: "\n"))
  }
}
