import PruneCore

extension MarkdownView {
  /// The text instead of a plan if a manifest has errors, with the same marker; nil if even the
  /// app, which the marker names, is unknown.
  static func render(_ reading: ManifestReading, budget: Int) -> String? {
    guard let app = reading.app else { return nil }
    let manifest = codeSpan(reading.files.first ?? "")
    let problems = counted(reading.diagnostics.errors, "error")
    let head =
      "\(marker(app, reading.files))\n### No plan for app \(app.id)\n\n"
      + "Manifest \(manifest) has \(problems). **imprune made no plan, and nothing can be "
      + "applied.** Fix the manifest and run plan again.\n\n"
    let sections = [Diagnostic.Severity.error, .warning].compactMap {
      MarkdownSection(reading.diagnostics, $0, reading.files)
    }
    return head + MarkdownSection.render(sections, budget - head.utf8.count)
  }
}
