import HTTP
import Testing

extension TransferOptions {
  /// Options with timeouts that no healthy test reaches.
  static let test = TransferOptions(
    connectTimeout: .seconds(20), totalTimeout: .seconds(20), userAgent: "imprune-tests")

  /// The same options after a change.
  func with(_ change: (inout TransferOptions) -> Void) -> TransferOptions {
    var options = self
    change(&options)
    return options
  }
}

extension Transfers {
  /// Runs one transfer to its end.
  func run(
    _ request: Request, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Result<Response, TransferFailure> {
    let id = TransferID(rawValue: 1)
    try start(request, as: id)
    let completions = try wait(until: .now().advanced(by: .seconds(30)))
    try #require(completions.map(\.id) == [id], sourceLocation: sourceLocation)
    return completions[0].result
  }
}

/// Runs one transfer that must get a response.
func answer(
  to request: Request, _ options: TransferOptions = .test,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> Response {
  try Transfers(options).run(request, sourceLocation: sourceLocation).get()
}

/// Runs one transfer that must fail.
func failure(
  of request: Request, _ options: TransferOptions = .test,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> TransferFailure {
  let result = try Transfers(options).run(request, sourceLocation: sourceLocation)
  guard case .failure(let failure) = result else {
    Issue.record("the transfer succeeded", sourceLocation: sourceLocation)
    throw HTTPTestError.noFailure
  }
  return failure
}

enum HTTPTestError: Error {
  case noFailure
}
