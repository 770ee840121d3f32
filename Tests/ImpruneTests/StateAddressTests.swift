import TestSupport
import Testing

/// `--state` with the address of a shared state, or `none`, on the built tool: what is wrong is said
/// before anything is sent.
@Suite final class StateAddressTests {
  private let place: TemporaryWorkspace

  private static let keys = ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "the-secret"]
  private static let login = ["TF_HTTP_USERNAME": "anna", "TF_HTTP_PASSWORD": "the-secret"]

  init() throws {
    place = try TemporaryWorkspace()
    try place.write(
      "imprune.yaml",
      """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, admin: administrator, edition: ultimate,
        enabled: [account_deletion]}
      users:
        - {ids: [alice, bob], account: absent}

      """)
  }

  @Test(arguments: [
    ("s3://states", keys, "write s3://bucket/key"), ("s3://states/a/", keys, "a slash"),
    ("s3://states/a", [:], "Set AWS_ACCESS_KEY_ID"),
    ("s3://states/a", keys, "Set AWS_REGION"),
    (
      "s3://states/a", keys.merging(["AWS_SECRET_ACCESS_KEY": "the-secret\n"]) { $1 },
      "AWS_SECRET_ACCESS_KEY has a blank, a line break"
    ),
    (
      "s3://states/a", keys.merging(["AWS_ACCESS_KEY_ID": "\u{7}id"]) { $1 },
      "AWS_ACCESS_KEY_ID has a blank"
    ),
    (
      "s3://states/a", keys.merging(["AWS_ACCESS_KEY_ID": "ASIAEXAMPLE"]) { $1 },
      "AWS_SESSION_TOKEN is not set"
    ),
    (
      "s3://states/a",
      keys.merging(["AWS_ENDPOINT_URL_S3": "http://storage.example.com"]) { $1 }, "without https"
    ),
    (
      "s3://states-125/a",
      keys.merging(["AWS_ENDPOINT_URL_S3": "https://cos.ap-singapore.myqcloud.com"]) { $1 },
      "is Tencent COS"
    ),
    (
      "s3://states/a",
      keys.merging(["AWS_ENDPOINT_URL_S3": "https://oss-ap-southeast-1.aliyuncs.com"]) { $1 },
      "is Alibaba OSS"
    ),
    ("gitlab://gitlab.example.com/7", login, "gitlab://"),
    ("gitlab://gitlab.example.com/7/leavers", [:], "TF_HTTP_USERNAME"),
  ])
  func `an address that cannot be used is an error before anything is sent`(
    address: String, environment: [String: String], words: String
  ) throws {
    for command in [["plan"], ["apply", "--auto-approve", "--new-state"], ["state", "list"]] {
      let run = try place.end(
        place.start(command + ["--state", address], environment: environment))
      #expect(run.code == 1, "\(command)")
      #expect(run.error.contains(words), "\(run.error)")
      #expect(!(run.out + run.error).contains("the-secret"))
    }
  }

  @Test(arguments: [
    (["push", "imprune.state", "--state", "imprune.state"], "imprune.state is a file"),
    (["pull", "copy.state", "--state", "imprune.state"], "imprune.state is a file"),
    (["push", "s3://states/a", "--state", "s3://states/b"], "is an address. Give the path"),
    (["pull", "s3://states/a", "--state", "s3://states/b"], "is an address. Give the path"),
    (["push", "imprune.state"], "--state"), (["pull", "copy.state"], "--state"),
    (["pull", "-", "--state", "s3://states/a"], "standard input"),
  ])
  func `a state moves only between a file and an address`(
    arguments: [String], words: String
  ) throws {
    let run = try place.end(place.start(["state"] + arguments, environment: Self.keys))
    #expect(run.code == 64)
    #expect(run.error.contains(words), "\(run.error)")
  }

  @Test func `a plan without a state shows what is wanted and says that nothing was compared`()
    throws
  {
    let plan = try place.imprune("plan", "--state", "none")
    #expect(plan.code == 0 && plan.out.contains("2 to remove"))
    #expect(plan.error.contains("compares with no state"))
    for command in [["apply", "--auto-approve"], ["apply", "--dry-run"], ["init"], ["refresh"]] {
      let run = try place.imprune(command + ["--state", "none"])
      #expect(run.code == 64, "\(command)")
      #expect(run.error.contains("./none"))
    }
    #expect(!place.exists("none"))
  }
}
