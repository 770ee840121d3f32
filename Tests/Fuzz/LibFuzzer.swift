internal import FoundationEssentials

/// The parser that libFuzzer runs: `FUZZ_TARGET` in its environment.
private let chosen: FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    fatalError(
      "FUZZ_TARGET must be one of " + FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))
  }
  return target
}()

/// libFuzzer calls this with every input that it generates (`make fuzz`). A broken rule ends the
/// process, which makes libFuzzer keep the input.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  do throws(Finding) {
    _ = try chosen.check(bytes)
  } catch {
    fatalError("\(chosen.rawValue): \(error)")
  }
  return 0
}
