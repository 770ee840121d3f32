import ArgumentParser

extension Edition: ExpressibleByArgument {
  /// `free_trial` is what the international console calls the developer edition (docs/service.md,
  /// "Editions").
  init?(argument: String) {
    self.init(rawValue: argument == "free_trial" ? Self.developer.rawValue : argument)
  }
}
extension DenialLevel: ExpressibleByArgument {}
