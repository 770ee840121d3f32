import PruneCore

/// A comparison of a state with the service as a page.
enum RefreshPage {
  static func make(_ comparison: StateComparison, _ app: App) -> [UInt8] {
    Page.make(title: "State of app \(app.id) and the service") { html in
      html.element("h1", text: "The state of app \(app.id), compared with the service")
      html.tiles([
        (comparison.compared, "records compared", ""),
        (comparison.differences.count, "differ", "red"),
        (comparison.unread.count, "not read", "amber"),
      ])
      if comparison.differences.isEmpty {
        html.note(
          comparison.unread.isEmpty ? .good : .warn, "",
          comparison.unread.isEmpty
            ? "The service holds what the state records."
            : "No difference was found, but some users could not be read. Run the command again.")
      } else {
        html.note(
          .warn, "",
          "Such an id may belong to another person by now, so imprune does nothing about it. If it is "
            + "the same person, raise the revision of the user's entry in the manifest.")
      }
      var sections = UserSections()
      for row in comparison.differences + comparison.unread {
        let done = row.record.done.map { "\($0.outcome.rawValue) \($0.time)" } ?? ""
        sections.add(
          .init(
            id: row.record.id, line: 0, status: RefreshView.words(row.finding), color: "amber",
            note: done), row.record.operation, group: nil
        ) { ("", nil) }
      }
      sections.write(&html, files: []) {
        $0 == .removeAccount ? "recorded as removed" : "recorded as cleared"
      }
    }
  }

  /// The page of a comparison that failed.
  static func make(failure: String) -> [UInt8] {
    Page.make(title: "The state was not compared") { html in
      html.element("h1", text: "The state was not compared")
      html.note(.bad, "", failure)
    }
  }
}
