import Bytes

/// The value of `--base`: a commit name, optionally followed by `~N` or `^N`, or by `...` for its
/// merge base with HEAD.
struct GitRef: Equatable {
  /// A branch, a tag, a full or abbreviated commit id, or HEAD.
  var name: String
  /// The path from there to an ancestor, or empty.
  var suffix: String
  var isMergeBase: Bool

  /// Nil if the text cannot name one commit in any repository.
  init?(_ text: String) {
    isMergeBase = text.hasSuffix("...")
    let rest = isMergeBase ? text.dropLast(3) : text[...]
    // Bytes, as git reads them: a combining mark makes another Character of the one before it.
    let end = rest.utf8.firstIndex { "~^".utf8.contains($0) } ?? rest.endIndex
    let name = rest.utf8[..<end]
    // Git's `@{upstream}` and the like refer to this branch only.
    let isReflog = name.starts(with: "@{".utf8) || name.starts(with: "HEAD@{".utf8)
    guard !name.isEmpty, isReflog || Self.isName(name), Self.isSuffix(rest.utf8[end...])
    else { return nil }
    let text = String(decoding: name, as: UTF8.self)
    self.name = text == "@" ? "HEAD" : text
    suffix = String(decoding: rest.utf8[end...], as: UTF8.self)
  }

  /// Whether git may have a ref of this name: it must not contain a pattern, a range, a path or a
  /// search.
  private static func isName(_ text: Substring.UTF8View) -> Bool {
    !text.contains("..".utf8) && !text.contains("@{".utf8)
      && text.allSatisfy { $0 > 0x20 && $0 != 0x7F && !":?*[\\".utf8.contains($0) }
  }

  private static func isSuffix(_ text: Substring.UTF8View) -> Bool {
    let rest = Array(text).replacing("^{commit}".utf8, with: []).replacing("^{}".utf8, with: [])
    return rest.allSatisfy { "~^0123456789".utf8.contains($0) }
  }

  /// Whether the name is a full object id.
  var isObjectID: Bool { [40, 64].contains(name.utf8.count) && isHexadecimal }

  /// Whether the name may be an abbreviated object id.
  var maybeBeginsID: Bool { name.utf8.count >= 4 && !isObjectID && isHexadecimal }

  private var isHexadecimal: Bool { name.utf8.allSatisfy(\.isHexDigit) }

  /// Whether git resolves the name itself, since no ref can have it: HEAD, FETCH_HEAD and the like,
  /// and `@{upstream}`.
  var isSpecial: Bool {
    if name.utf8.contains("@{".utf8) || name == "HEAD" { return true }
    return name.hasSuffix("_HEAD")
      && name.utf8.allSatisfy {
        $0 == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
      }
  }

  /// The refs that the name may mean, in full; tags only if none of the others exists, so that a
  /// tag cannot hide a branch of the same name.
  var branches: [String] {
    if name.hasPrefix("refs/") { return [name] }
    return [
      "refs/\(name)", "refs/heads/\(name)", "refs/remotes/\(name)", "refs/remotes/\(name)/HEAD",
    ]
  }

  var tag: String? { name.hasPrefix("refs/") ? nil : "refs/tags/\(name)" }
}
