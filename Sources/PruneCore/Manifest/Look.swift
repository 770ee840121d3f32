// For `_nfc`: the standard library has no public way to ask for a normal form.
@_spi(_Unicode) import Swift

extension UserID {
  /// The id as a reviewer may take it: letters in lower case, characters that look like one of ASCII
  /// as that one, the rest in normal form C. The id itself if that would be too long for one.
  var look: UserID {
    // No character of ASCII is taken for another one.
    if isASCII { return folded }
    var scalars = String.UnicodeScalarView()
    for scalar in description._nfc { scalars.append(scalar.lookalike ?? scalar) }
    var normal = String.UnicodeScalarView()
    for scalar in String(scalars).lowercased()._nfc { normal.append(scalar) }
    return UserID(String(normal)) ?? self
  }
}
