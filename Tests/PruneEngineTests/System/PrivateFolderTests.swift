import Foundation
import Testing

@testable import PruneEngine

struct PrivateFolderTests {
  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test func `a private folder is removed with its files, and no one else can read it`() throws {
    var path: String?
    do {
      let folder = try PrivateFolder()
      path = folder.path
      _ = try folder.write([1], as: "a")
      let status = try FileManager.default.attributesOfItem(atPath: folder.path)
      #expect(status[.posixPermissions] as? Int == 0o700)
    }
    #expect(try !exists(#require(path)))
  }

  @Test func `what a killed process left is removed by the next, and nothing else`() throws {
    let used = try PrivateFolder()
    let file = try used.write([1], as: "state")
    let letters = String(UInt32.random(in: .min ... .max), radix: 36)
    func make(_ name: String, hasLock: Bool) throws -> String {
      let folder = FileSystem.folder(of: used.path) + "/" + name
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      let names = ["state"] + (hasLock ? [".in-use-by-imprune"] : [])
      for name in names { try Data([1]).write(to: URL(filePath: "\(folder)/\(name)")) }
      return folder
    }
    let six = String(("00000" + letters).suffix(6))
    let left = try make("imprune-\(six)", hasLock: true)
    // A folder of another program, or one that is being made.
    let withoutLock = try make("imprune-\(String(six.reversed()))", hasLock: false)
    let otherName = try make("imprune-\(six)x", hasLock: true)
    defer {
      for path in [withoutLock, otherName] { try? FileManager.default.removeItem(atPath: path) }
    }
    let next = try PrivateFolder()
    #expect(!exists(left))
    #expect(exists(withoutLock + "/state"))
    #expect(exists(otherName + "/state"))
    #expect(exists(file))
    #expect(exists(next.path))
  }
}
