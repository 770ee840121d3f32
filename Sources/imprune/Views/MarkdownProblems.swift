import PruneCore

extension MarkdownView {
  /// What stands in place of a plan if a manifest has errors, under the same marker; nil if not even
  /// the app is known, which the marker names.
  static func render(_ reading: ManifestReading, budget: Int) -> String? {
    guard let app = reading.app else { return nil }
    let manifest = codeSpan(reading.files.first ?? "")
    let problems = counted(reading.diagnostics.errors, "error")
    let head =
      "\(marker(app, reading.files))\n### No plan for app \(app.id)\n\n"
      + "Manifest \(manifest) has \(problems). **Nothing is planned, and nothing can be applied.**\n\n"
    let sections = [Diagnostic.Severity.error, .warning].compactMap {
      MarkdownSection(reading.diagnostics, $0, reading.files)
    }
    return head + MarkdownSection.render(sections, budget - head.utf8.count)
  }
}
