import Foundation
import TestSupport
import Testing

/// What `plan --base` reads at a commit, and from which repository.
@Suite struct BaseFilesTests {
  let tree: WorkTree

  init() throws {
    tree = try WorkTree(TemporaryWorkspace())
  }

  /// Commits the current files as the base, and then adds one user.
  private func commitBase(adding id: String = "user_2") throws {
    try tree.commit()
    try tree.write("app/leavers.txt", try tree.place.text("app/leavers.txt") + id + "\n")
  }

  // MARK: - Paths

  @Test func `a path that git would treat as a pattern is treated as a file name`() throws {
    for list in [":(top)leavers.txt", "*.txt", ":!x", "[a].txt"] {
      try tree.writeManifest(list: list, ids: "other")
      try tree.write("app/\(list)", "user_1\n")
      // The file that the pattern would match.
      try tree.write("leavers.txt", "user_1\nuser_2\n")
      try tree.commit()
      try tree.write("app/\(list)", "user_1\nuser_2\n")
      try tree.expectChange(1, base: "main")
    }
  }

  @Test func `a list behind a link is read at the ref, as on disk`() throws {
    try tree.writeManifest(list: "current/list.txt", ids: "user_1")
    try tree.place.makeFolder("app/2026")
    try tree.link("app/current", to: "2026")
    try tree.link("app/2026/list.txt", to: "../leavers.txt")
    try commitBase()
    try tree.expectChange(1, base: "main")
    // The link has another target now; its target at the commit counts.
    try tree.write("app/other.txt", "user_1\nuser_2\nuser_3\n")
    try tree.link("app/2026/list.txt", to: "../other.txt")
    try tree.expectChange(2, base: "main")
  }

  @Test func `a parent reference within the folder is followed`() throws {
    try tree.writeManifest(list: "deep/../leavers.txt", ids: "user_1")
    try tree.write("app/deep/file", "")
    try commitBase()
    try tree.expectChange(1, base: "main")
  }

  @Test func `links to a manifest and to a folder are followed`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.commit()
    try tree.git("mv", "app/imprune.yaml", "app/real.yaml")
    try tree.link("app/imprune.yaml", to: "real.yaml")
    try commitBase()
    try tree.expectChange(1, base: "main")
    try tree.link("shortcut", to: "app")
    let linked = try tree.plan(base: "main", manifest: "shortcut/imprune.yaml")
    #expect(linked.out.contains("this change (against main): 1 to remove"), "\(linked.text)")
    let absolute = try tree.plan(base: "main", manifest: tree.place.path("app/imprune.yaml"))
    #expect(absolute.out.contains("this change (against main): 1 to remove"), "\(absolute.text)")
  }

  @Test func `an absolute path within the folder names that file at the ref`() throws {
    try tree.writeManifest(list: tree.place.path("app/leavers.txt"), ids: "user_1")
    try commitBase()
    try tree.expectChange(1, base: "main")
  }

  @Test(arguments: [
    ("../outside.txt", "outside the manifest's folder"), ("/etc/passwd", "outside the manifest's"),
    ("leavers.txt", "List not readable"), ("nothing", "List not readable"),
    (".", "List is not a file"),
  ])
  func `a list that links outside the folder at the ref is an error at the ref`(
    target: String, words: String
  ) throws {
    try tree.writeManifest(ids: "user_1")
    try tree.write("outside.txt", "user_1\n")
    try tree.link("app/leavers.txt", to: target)
    try tree.commit()
    try tree.place.remove("app/leavers.txt")
    try tree.writeList(["user_1", "user_2"])
    try tree.expectNoPlan(
      base: "main", saying: "the manifest at main has 1 error", "main:app/imprune.yaml:",
      words)
  }

  @Test func `a manifest that is not a file at the ref is an error, not a missing manifest`() throws
  {
    try tree.writeManifest(ids: "user_1")
    for (target, words) in [
      ("nowhere", "a link to a missing file"), ("../outside.yaml", "outside the manifest's folder"),
      (".", "is not a file"),
    ] {
      try tree.write("outside.yaml", "version: 1\n")
      try tree.link("app/imprune.yaml", to: target)
      try tree.commit()
      try tree.place.remove("app/imprune.yaml")
      try tree.writeManifest(ids: "user_1")
      try tree.expectNoPlan(base: "main", saying: words)
    }
  }

  @Test func `only a manifest missing at the base makes the whole plan part of the change`() throws
  {
    try tree.write("readme", "")
    try tree.commit()
    try tree.writeManifest(ids: "user_1", "user_2")
    let result = try tree.plan(base: "main")
    #expect(result.code == 4)
    #expect(result.error.contains("app/imprune.yaml does not exist at main, so"))
    #expect(result.out.contains("this change (against main): 2 to remove"))
  }

  @Test func `a base manifest with errors is refused with the first error`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.write("app/imprune.yaml", "version: 2\nusers: []\n")
    try tree.commit()
    try tree.writeManifest(ids: "user_1")
    try tree.expectNoPlan(
      base: "main", saying: "the manifest at main has", "main:app/imprune.yaml:1:1: error:",
      "or run plan without --base or --base-manifest.")
    try tree.write("app/before.yaml", "version: 2\n")
    let file = try tree.plan(base: "main", "--base-manifest", "x")
    #expect(file.code == 64)
    let process = try ChildProcess(
      Built.imprune, ["plan", "app/imprune.yaml", "--base-manifest", "app/before.yaml"],
      in: tree.place.folder)
    let result = tree.place.end(process)
    #expect(result.code == 1)
    #expect(result.error.contains("app/before.yaml:1:1: error:"), "\(result.error)")
  }

  @Test func `a base manifest without its lists says that they must be with it`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.place.makeFolder("copy")
    try tree.write("copy/old.yaml", tree.place.text("app/imprune.yaml"))
    let words = ["plan", "app/imprune.yaml", "--base-manifest", "copy/old.yaml"]
    let alone = try tree.place.imprune(words)
    #expect(alone.code == 1)
    #expect(alone.error.contains("There is no file `leavers.txt`"), "\(alone.error)")
    #expect(alone.error.contains("must be in its folder, so copy them too."), "\(alone.error)")
    #expect(alone.error.contains("run plan without --base or --base-manifest."))
    try tree.write("copy/leavers.txt", "user_1\n")
    #expect(try tree.place.imprune(words).code == 0)
  }

  @Test func `folders with any name are found`() throws {
    let place = try TemporaryWorkspace()
    let odd = try WorkTree(place, folder: "a repository\nwith \"quotes\"")
    try odd.write("app/sub dir/ü\n/imprune.yaml", manifestText(users: "  - {id: a, tags: []}"))
    try odd.commit()
    let result = try odd.plan(base: "main", manifest: "app/sub dir/ü\n/imprune.yaml")
    #expect(result.out.contains("this change (against main): 0 to remove, 0 to clear"))
    let inside = try odd.plan(base: "main", manifest: "imprune.yaml", in: "app/sub dir/ü\n")
    #expect(inside.out.contains("this change (against main): 0 to remove, 0 to clear"))
  }

  @Test func `a name that begins with a combining mark does not choose another folder`() throws {
    // For the disk and for git alike, the manifest lies in `teams`.
    let manifest = "teams/\u{301}hr.yaml"
    let text = manifestText(
      guards: "{max_new_removals: 0}", users: "  - {ids_from: leavers.txt, account: absent}")
    try tree.write(manifest, text)
    try tree.write("teams/leavers.txt", "user_1\n")
    try tree.write("leavers.txt", "user_1\nuser_2\n")
    try tree.link("imprune.yaml", to: manifest)
    try tree.commit()
    try tree.write("teams/leavers.txt", "user_1\nuser_3\n")
    let plan = try tree.plan(base: "main", manifest: "imprune.yaml")
    #expect(plan.code == 4 && plan.out.contains("this change (against main): 1 to remove"))
    #expect(plan.out.contains("user_3  teams/leavers.txt:2"), "\(plan)")
    // At the top, the folder of the manifest is the repository, not the folder above it.
    try tree.place.write("outside.txt", "secret\n")
    try tree.write(
      "\u{301}top.yaml", manifestText(users: "  - {ids_from: ../outside.txt, account: absent}"))
    let outside = try tree.plan(base: "main", manifest: "\u{301}top.yaml")
    #expect(outside.code == 1 && !outside.text.contains("secret"))
  }

  // MARK: - Content that git converts

  @Test func `a list behind a git filter is not read`() throws {
    try tree.git("config", "filter.upper.clean", "tr a-z A-Z")
    try tree.git("config", "filter.upper.smudge", "tr A-Z a-z")
    try tree.writeManifest(ids: "user_1")
    try tree.write(".gitattributes", "app/*.txt filter=upper\n")
    try commitBase()
    #expect(try tree.git("show", "main:app/leavers.txt") == "USER_1")
    try tree.expectNoPlan(
      base: "main", saying: "app/leavers.txt in git may differ from the file in the work tree",
      "the filter `upper`")
    // Removing the attribute in the change under review does not help.
    try tree.write(".gitattributes", "")
    try tree.expectNoPlan(base: "main", saying: "may differ from the real file")
  }

  @Test(arguments: [
    ("working-tree-encoding=UTF-7", "user_1\n", "`working-tree-encoding=UTF-7`"),
    ("ident", "$Id$\n", "`ident`"),
    ("filter=lfs", "", "`lfs`"),
  ])
  func `a list that git converts on checkout is not read`(
    attribute: String, content: String, words: String
  ) throws {
    try tree.writeManifest(ids: "user_1")
    try tree.write("app/leavers.txt", content)
    try tree.commit()
    try tree.write(".gitattributes", "app/*.txt \(attribute)\n")
    try tree.commit()
    try tree.writeList(["user_1", "user_2"])
    try tree.expectNoPlan(base: "main", saying: "may differ from the", words)
    // Removing the attribute in the change under review does not help.
    try tree.write(".gitattributes", "")
    try tree.expectNoPlan(base: "main", saying: "may differ from the real file")
  }

  @Test(arguments: ["*.txt filter=hidden", "app/leavers.txt working-tree-encoding=UTF-16"])
  func `a change cannot give a list a filter, which would hide later changes`(
    attribute: String
  ) throws {
    try tree.writeManifest(ids: "user_1")
    try commitBase()
    try tree.write(".gitattributes", attribute + "\n")
    try tree.expectNoPlan(
      base: "main", saying: "cannot compare this change with main",
      "app/leavers.txt in git may differ from the file in the work tree",
      "Remove the attribute from .gitattributes")
    try tree.write(".gitattributes", "")
    try tree.expectChange(1, base: "main")
  }

  @Test func `a change that would keep later ones from being compared is refused`() throws {
    try tree.writeManifest(ids: "user_1")
    try commitBase()
    func expectRefused(_ words: String) throws {
      try tree.expectNoPlan(base: "main", saying: "cannot compare this change with main", words)
      try tree.write(".gitattributes", "")
      try tree.expectChange(1, base: "main")
    }
    // The keyword lies where two readings of the file meet.
    let long = String(repeating: "#", count: (1 << 18) - 2) + "$Id$\n"
    try tree.write(".gitattributes", "*.txt ident\n")
    try tree.expectChange(1, base: "main")
    try tree.write("app/leavers.txt", long + "user_1\nuser_2\n")
    try expectRefused("the attribute `ident` changes it")
    try tree.writeList(["user_1", "user_2"])
    try tree.write("app/imprune.state", "")
    try tree.write(".gitattributes", "*.state filter=crypt\n")
    try tree.expectNoPlan(base: "main", saying: "the filter `crypt` changes it")
    // A list whose header git would take for a pointer.
    try tree.write(".gitattributes", "")
    try tree.write(
      "app/imprune.yaml",
      manifestText(users: "  - {ids_from: {path: users.csv, column: id}, account: absent}"))
    try tree.write("app/users.csv", "version https://git-lfs.github.com/spec/v1,id\nx,user_1\n")
    try tree.expectNoPlan(base: "main", saying: "Git LFS keeps it elsewhere")
  }

  @Test func `an attribute that changes nothing in a list is accepted`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.write(".gitattributes", "*.txt working-tree-encoding=UTF-8 ident text eol=lf\n")
    try commitBase()
    try tree.expectChange(1, base: "main")
  }

  @Test func `a filter for other files does not affect this file`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.write(".gitattributes", "*.png filter=lfs\n")
    try commitBase()
    try tree.expectChange(1, base: "main")
  }

  @Test(arguments: [
    ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n", "Git LFS"),
    ("\0GITCRYPT\0\u{1}\u{2}", "git-crypt"),
  ])
  func `a pointer file of another program, such as Git LFS, is recognized`(
    content: String, program: String
  ) throws {
    try tree.writeManifest(ids: "user_1")
    try tree.write("app/leavers.txt", content)
    try tree.commit()
    try tree.writeList(["user_1"])
    try tree.expectNoPlan(base: "main", saying: program)
    try tree.write("app/imprune.yaml", content)
    try tree.commit()
    try tree.writeManifest(ids: "user_1")
    try tree.expectNoPlan(base: "main", saying: program, "--base-manifest")
  }

  @Test func `in a partial clone imprune fetches nothing and reports missing objects`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.commit()
    try tree.writeList(["user_1", "user_2"])
    try tree.commit()
    try tree.git("config", "uploadpack.allowFilter", "true")
    try tree.git("config", "uploadpack.allowAnySHA1InWant", "true")
    try tree.git(
      "clone", "--quiet", "--filter=blob:none", "file://" + tree.place.folder,
      tree.place.path("clone"))
    let partial = try WorkTree(tree.place, folder: "clone")
    let missing = try partial.git("rev-list", "--objects", "--missing=print", "HEAD")
    #expect(missing.split(separator: "\n").contains { $0.hasPrefix("?") })
    try partial.expectNoPlan(
      base: "main~1", saying: "cannot read", "from this clone", "partial clone")
    #expect(try partial.git("rev-list", "--objects", "--missing=print", "HEAD") == missing)
    // A commit that exists here can be a base, and so can others once they were fetched.
    try partial.expectChange(0, base: "main")
    try partial.git("show", "main~1:app/leavers.txt")
    try partial.expectChange(1, base: "main~1")
  }

  @Test func `a damaged repository is an error, not an empty repository`() throws {
    try tree.writeManifest(ids: "user_1")
    try commitBase()
    let blob = try tree.git("rev-parse", "main:app/leavers.txt")
    let object = ".git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"
    try tree.place.remove(object)
    try tree.expectNoPlan(base: "main", saying: "List not readable")
    let folder = try tree.git("rev-parse", "main:app")
    try tree.place.remove(".git/objects/\(folder.prefix(2))/\(folder.dropFirst(2))")
    try tree.expectNoPlan(base: "main", saying: "from this clone")
  }

  // MARK: - Which repository

  @Test func `the variables of a git hook do not select another repository`() throws {
    try tree.writeManifest(ids: "user_1")
    try commitBase()
    let other = try WorkTree(tree.place, folder: "other")
    try other.writeManifest(ids: "user_1", "user_2")
    try other.commit()
    for variable in [
      "GIT_DIR": "other/.git", "GIT_COMMON_DIR": "other/.git", "GIT_WORK_TREE": "other",
      "GIT_OBJECT_DIRECTORY": "other/.git/objects", "GIT_INDEX_FILE": "nowhere",
      "GIT_NAMESPACE": "x",
    ] {
      try tree.expectChange(
        1, base: "main", environment: [variable.key: tree.place.path(variable.value)])
    }
    let all = [
      "GIT_DIR": tree.place.path("other/.git"), "GIT_PREFIX": "other/", "GIT_CONFIG_COUNT": "1",
      "GIT_CONFIG_KEY_0": "core.worktree", "GIT_CONFIG_VALUE_0": "/nowhere",
      "GIT_SHALLOW_FILE": "/nowhere", "GIT_REPLACE_REF_BASE": "refs/heads",
    ]
    try tree.expectChange(1, base: "main", environment: all)
  }

  @Test func `git runs without every variable that names a repository`() throws {
    let names = try tree.git("rev-parse", "--local-env-vars").split(separator: "\n")
    #expect(names.count > 10)
    // One that git reads, and whose value would appear.
    try tree.writeManifest(ids: "user_1")
    try commitBase()
    for name in names {
      try tree.expectChange(1, base: "main", environment: [String(name): "/nowhere"])
    }
  }

  @Test func `git runs without a network, prompts and secrets`() throws {
    try tree.writeManifest(ids: "user_1")
    try commitBase()
    let log = tree.place.path("git-environment")
    try tree.place.write(
      "bin/git", "#!/bin/sh\n/usr/bin/env >>'\(log)'\nexec /usr/bin/git \"$@\"\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: tree.place.path("bin/git"))
    try tree.expectChange(
      1, base: "main",
      environment: [
        "PATH": tree.place.path("bin") + ":/usr/bin:/bin", "SSH_ASKPASS": "/nowhere",
        "GIT_ASKPASS": "/nowhere", "GIT_TERMINAL_PROMPT": "1", "GIT_ALLOW_PROTOCOL": "https",
        "IMPRUNE_SECRET_KEY": "not-for-git",
      ])
    let lines = try Set(tree.place.text("git-environment").split(separator: "\n").map(String.init))
    for line in [
      "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=false",
      "GIT_LITERAL_PATHSPECS=1", "GIT_NO_REPLACE_OBJECTS=1",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(!lines.contains { $0.hasPrefix("IMPRUNE_") || $0.hasPrefix("SSH_ASKPASS=") })
    #expect(!lines.contains { $0.hasSuffix("=https") || $0.hasSuffix("=/nowhere") })
  }

  @Test func `a repository nested in the work tree is not used`() throws {
    try tree.writeManifest(ids: "user_1")
    try commitBase()
    // The files of a repository in which the base asked for both users.
    let other = try WorkTree(tree.place, folder: "other")
    try other.writeManifest(ids: "user_1", "user_2")
    try other.write("imprune.yaml", try tree.place.text("app/imprune.yaml"))
    try other.write("leavers.txt", "user_1\nuser_2\n")
    try other.commit()
    for name in ["HEAD", "objects", "refs", "config"] {
      try FileManager.default.copyItem(
        atPath: tree.place.path("other/.git/\(name)"), toPath: tree.place.path("app/\(name)"))
    }
    let result = try tree.plan(base: "main")
    #expect(result.code == 1)
    try tree.write("app/config", "[core]\nbare = false\nworktree = ..\n")
    #expect(try tree.plan(base: "main").code == 1)
  }

  @Test func `a submodule is not used in place of its repository`() throws {
    try tree.write("readme", "")
    try tree.commit()
    let place = try TemporaryWorkspace()
    let module = try WorkTree(place)
    try module.writeManifest(ids: "user_1", "user_2")
    try module.commit()
    try tree.git(
      "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", place.folder, "team")
    let result = try tree.plan(base: "main", manifest: "team/app/imprune.yaml")
    #expect(result.code == 1)
    #expect(result.error.contains("is in a submodule"), "\(result.error)")
    // A run inside that repository uses it.
    let inside = try tree.plan(base: "main", in: "team")
    #expect(inside.out.contains("this change (against main): 0 to remove"), "\(inside.text)")
  }

  @Test func `a file inside a submodule at the ref is an error, not a missing file`() throws {
    try tree.writeManifest(list: "team/list.txt", ids: "x")
    try tree.commit()
    let head = try tree.git("rev-parse", "HEAD")
    try tree.git("update-index", "--add", "--cacheinfo", "160000,\(head),app/team")
    try tree.git("commit", "--quiet", "--message", "a submodule")
    try tree.write("app/team/list.txt", "user_1\n")
    try tree.expectNoPlan(base: "main", saying: "List not readable", "is in a submodule")
    try tree.write("app/team/imprune.yaml", manifestText(users: "  - {id: a, tags: []}"))
    let result = try tree.plan(base: "main", manifest: "app/team/imprune.yaml")
    #expect(result.code == 1)
    #expect(result.error.contains("is in a submodule"), "\(result.error)")
  }

  @Test func `a work tree separate from its repository works`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.commit()
    try tree.git("worktree", "add", "--quiet", "-b", "topic", "beside")
    let beside = "beside"
    try tree.place.write("beside/app/leavers.txt", "user_1\nuser_2\n")
    let result = try tree.plan(base: "main", in: beside)
    #expect(result.out.contains("this change (against main): 1 to remove"), "\(result.text)")
  }

  @Test func `git's message about a repository with another owner is shown`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.commit()
    // Only root can change a folder's owner.
    guard getuid() == 0 else { return }
    try #require(unsafe chown(tree.place.folder, 12345, 12345) == 0)
    try #require(unsafe chown(tree.place.path(".git"), 12345, 12345) == 0)
    try tree.expectNoPlan(
      base: "main", saying: "dubious ownership", "git config --global --add safe.directory")
  }

  @Test func `imprune runs no program named by the repository's configuration`() throws {
    try tree.writeManifest(ids: "user_1")
    try tree.write("run", "#!/bin/sh\ntouch '\(tree.place.path("ran"))'\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: tree.place.path("run"))
    try commitBase()
    let run = tree.place.path("run")
    for key in [
      "core.fsmonitor", "core.pager", "pager.cat-file", "diff.external", "core.editor",
      "core.sshCommand", "core.askPass", "filter.x.smudge", "filter.x.clean", "filter.x.process",
      "core.alternateRefsCommand", "uploadpack.packObjectsHook", "diff.x.textconv",
    ] {
      try tree.git("config", key, run)
    }
    try tree.git("config", "core.hooksPath", tree.place.path("hooks"))
    for hook in ["post-index-change", "post-checkout", "reference-transaction"] {
      try tree.place.write("hooks/\(hook)", "#!/bin/sh\ntouch '\(tree.place.path("ran"))'\n")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: tree.place.path("hooks/\(hook)"))
    }
    try tree.write(".gitattributes", "app/imprune.yaml diff=x\n")
    if tree.place.exists("ran") { try tree.place.remove("ran") }
    try tree.expectChange(1, base: "main")
    #expect(!tree.place.exists("ran"))
  }
}
