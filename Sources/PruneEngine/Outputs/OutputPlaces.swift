/// The places that a command writes to, by flag; no two are the same.
package struct OutputPlaces: Sendable {
  private let places: [(flag: String, place: OutputPlace)]

  package init(_ outputs: [(flag: String, path: String)]) throws(OutputRefusal) {
    var places: [(flag: String, place: OutputPlace)] = []
    for (flag, path) in outputs {
      let place = try OutputPlace(path)
      for (_, other) in places where other.isSame(as: place) {
        throw .twice(path, other.name)
      }
      places.append((flag, place))
    }
    self.places = places
  }

  /// Where the output of a flag goes; nil without the flag.
  package subscript(flag: String) -> OutputPlace? {
    places.first { $0.flag == flag }?.place
  }

  /// The first flag whose output goes to standard output.
  package var flagOfStandardOutput: String? {
    places.first { $0.place.target == .descriptor(1) }?.flag
  }

  /// Throws if an output is the file behind standard output or standard error.
  package func requireOther(thanOutputs descriptors: [Int32]) throws(OutputRefusal) {
    for descriptor in descriptors {
      // A closed descriptor is not a file.
      guard let status = try? File.duplicate(of: descriptor).status(), status.kind == .regular
      else { continue }
      for (_, place) in places {
        guard case .file = place.target, place.existing?.identity == status.identity else {
          continue
        }
        throw .twice(place.name, descriptor == 1 ? "Standard output" : "Standard error")
      }
    }
  }

  /// Throws if an output is a file to which another output, without a flag, is appended.
  package func requireOther(thanAppended path: String, called name: String) throws(OutputRefusal) {
    for (_, place) in places where place.leads(to: path) { throw .twice(place.name, name) }
  }

  /// Throws if an output is an input, under any name, the key file, or a part of the state.
  package func requireOther(
    than inputs: [String], _ state: StateFiles?
  ) throws(OutputRefusal) {
    let inputs = inputs + [Process.environment("IMPRUNE_SECRET_KEY_FILE")].compactMap(\.self)
    for (_, place) in places {
      if inputs.contains(where: place.leads) { throw .input(place.name) }
      if let state, state.hold(place) { throw .partOfState(place.name, state: state.name) }
    }
  }

  /// Throws if an output may be an input of a command that does not know all of them: a manifest with
  /// errors can name a list in many ways, such as by a link, and a policy with errors its signers.
  package func requireNoInput() throws(OutputRefusal) {
    for (_, place) in places where place.mayBeInput { throw .maybeInput(place.name) }
  }
}

extension OutputPlace {
  /// Whether there is a file with content that does not begin like an output of imprune.
  fileprivate var mayBeInput: Bool {
    guard case .file = target, let existing else { return false }
    return existing.bytes > 0 && !isFormerOutput
  }

  /// Whether the existing file begins like imprune's output for programs, comments or browsers, as no
  /// manifest or list does.
  private var isFormerOutput: Bool {
    guard case .file(let path) = target else { return false }
    var bytes: [UInt8] = []
    // An unreadable file is not known to be one.
    guard (try? File.open(path, for: .readingItself).read(into: &bytes, limit: 16)) != nil else {
      return false
    }
    return ["{", "<!-- imprune-", "<!DOCTYPE html>"].contains { bytes.starts(with: $0.utf8) }
  }

  /// Whether a path leads to the file, by this name or another.
  func leads(to path: String) -> Bool {
    guard let status = try? FileSystem.statusIfThere(of: path) else { return false }
    return status.identity == existing?.identity
  }
}
