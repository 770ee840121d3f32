import CLinux
import Glibc
import Testing

@testable import PruneEngine

@Suite struct DumpTests {
  @Test func `a process with a key leaves no core dump and cannot be read`() {
    Process.forbidDumps()
    defer { _ = clinux_set_dumpable(1) }
    var limit = rlimit()
    _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    #expect(limit.rlim_cur == 0)
    #expect(limit.rlim_max == 0)
    #expect(clinux_get_dumpable() == 0)
  }
}
