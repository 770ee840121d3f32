// For `_nfc`: the standard library has no public way to ask for a normal form.
@_spi(_Unicode) import Swift

extension UserID {
  /// The id as a reviewer may see it: lower case, lookalikes of ASCII characters replaced, the rest
  /// in normal form C. The id itself if the result would be too long.
  var look: UserID {
    // No ASCII character looks like another one here.
    if isASCII { return folded }
    var scalars = String.UnicodeScalarView()
    for scalar in description._nfc { scalars.append(scalar.lookalike ?? scalar) }
    var normal = String.UnicodeScalarView()
    for scalar in String(scalars).lowercased()._nfc { normal.append(scalar) }
    return UserID(String(normal)) ?? self
  }
}
