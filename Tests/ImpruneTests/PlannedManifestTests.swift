import Foundation
import TestSupport
import Testing

/// `apply --plan` without a manifest uses the one that the plan names, and no unexpected one.
@Suite struct PlannedManifestTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox(["--users", "9"])
    try write("team/leavers.yaml")
    #expect(try run("init", "team/leavers.yaml").code == 0)
  }

  private func write(_ name: String, user: String = "user_0000001") throws {
    try place.write(
      name, manifestText(port: sandbox.port, users: "  - {id: \(user), account: absent}"))
  }

  private func run(_ words: String..., in folder: String = "") throws -> ProcessResult {
    let process = try ChildProcess(
      Built.imprune, words, in: place.path(folder), environment: place.environment)
    return place.end(process)
  }

  @Test func `apply uses the manifest named by the plan, and prints it`() throws {
    let plan = try run("plan", "team/leavers.yaml", "--out", "plan.json")
    #expect(plan.error.contains("Apply it with `imprune apply --plan plan.json`."), "\(plan.text)")
    // Another manifest with the default name is not used.
    try write("imprune.yaml", user: "user_0000002")
    let apply = try run(
      "apply", "--plan", "plan.json", "--auto-approve", "--report", "report.json")
    #expect(apply.code == 0, "\(apply.text)")
    #expect(apply.error.contains("The manifest is team/leavers.yaml, which plan.json names."))
    #expect(try sandbox.users().count == 8)
    #expect(try !sandbox.users().contains("user_0000001"))
    #expect(try place.text("report.json").contains(#""manifest": "team/leavers.yaml""#))
    #expect(try place.text("report.json").contains(#""state": "team/leavers.state""#))
    #expect(try place.text("team/leavers.state").contains("user_0000001"))
    #expect(!place.exists("imprune.state"))
  }

  @Test func `a manifest named on the command line overrides the plan's`() throws {
    #expect(try run("plan", "team/leavers.yaml", "--out", "plan.json").code == 0)
    try write("other.yaml", user: "user_0000002")
    #expect(try run("init", "other.yaml").code == 0)
    let other = try run("apply", "other.yaml", "--plan", "plan.json", "--auto-approve")
    #expect(other.code == 5)
    #expect(!other.error.contains("The manifest is"))
    #expect(try run("apply", "--plan", "plan.json", "--dry-run").code == 0)
    #expect(try sandbox.users().count == 9)
  }

  @Test func `the suggested command names the manifest`() throws {
    try place.write(
      "team/leavers.yaml", place.text("team/leavers.yaml") + "  - {id: gone, tags: []}\n")
    #expect(try run("plan", "team/leavers.yaml", "--out", "plan.json").code == 0)
    let stopped = try run("apply", "--plan", "plan.json", "--report", "report.json")
    #expect(stopped.code == 5)
    #expect(try place.text("report.json").contains("imprune apply team/leavers.yaml"))
  }

  @Test func `a plan from another folder needs the manifest on the command line`() throws {
    try place.makeFolder("inner")
    let absolute = place.path("team/leavers.yaml")
    for (manifest, folder) in [(absolute, ""), ("../team/leavers.yaml", "inner")] {
      let plan = try run("plan", manifest, "--out", "plan.json", in: folder)
      #expect(
        plan.error.contains("`imprune apply \(manifest) --plan plan.json`"), "\(plan.text)")
      let apply = try run("apply", "--plan", "plan.json", "--auto-approve", in: folder)
      #expect(apply.code == 1)
      #expect(apply.error.contains("which is outside the current folder"), "\(apply.text)")
    }
    // In a folder without it, and through a link out of the folder.
    #expect(try run("plan", "team/leavers.yaml", "--out", "inner/plan.json").code == 0)
    let missing = try run("apply", "--plan", "plan.json", "--auto-approve", in: "inner")
    #expect(missing.code == 1)
    #expect(missing.error.contains("which is not in the current folder"), "\(missing.text)")
    try place.link("inner/team", to: "../team")
    let linked = try run("apply", "--plan", "plan.json", "--auto-approve", in: "inner")
    #expect(linked.code == 1)
    #expect(linked.error.contains("leads through a link"), "\(linked.text)")
    #expect(try sandbox.users().count == 9)
  }

  @Test func `the suggested command includes the option --state`() throws {
    #expect(try run("init", "team/leavers.yaml", "--state", "kept/x.state").code == 1)
    try place.makeFolder("kept")
    #expect(try run("init", "team/leavers.yaml", "--state", "kept/x.state").code == 0)
    let plan = try run("plan", "team/leavers.yaml", "--state", "kept/x.state", "--out", "plan.json")
    #expect(
      plan.error.contains("`imprune apply --plan plan.json --state kept/x.state`"), "\(plan.text)")
  }
}
