/// The job of a CI system in which this process runs.
enum CIJob {
  /// Its page; nil outside of the CI systems that are known here.
  static var url: String? {
    if let url = Process.environment("CI_JOB_URL") { return url }
    guard let server = Process.environment("GITHUB_SERVER_URL"),
      let repository = Process.environment("GITHUB_REPOSITORY"),
      let run = Process.environment("GITHUB_RUN_ID")
    else { return nil }
    return "\(server)/\(repository)/actions/runs/\(run)"
  }
}
