import Bytes
import Testing

@Suite struct ASCIITests {
  @Test func `every byte is in the classes that its character is in`() {
    for byte in UInt8.min...UInt8.max {
      let character = Character(Unicode.Scalar(byte))
      let isASCII = byte < 0x80
      #expect(byte.isDigit == (isASCII && character.isNumber))
      #expect(byte.isLetter == (isASCII && character.isLetter))
      #expect(byte.isLetterOrDigit == (byte.isLetter || byte.isDigit))
      #expect(byte.isHexDigit == (isASCII && character.isHexDigit))
      #expect(byte.isLowercaseHexDigit == (byte.isHexDigit && !character.isUppercase))
      #expect(byte.isBlank == " \t\n\r".utf8.contains(byte))
    }
  }

  @Test func `hexadecimal digits are read in lower case alone`() {
    func read(_ text: String) -> UInt64? {
      let bytes = Array(text.utf8)
      return UInt64(hex: bytes.span, 0..<bytes.count)
    }
    #expect(read("0123456789abcdef") == 0x0123_4567_89AB_CDEF)
    #expect(read("ffffffffffffffff") == .max)
    #expect(read("00A0") == nil)
    #expect(read("0g") == nil)
  }
}
