internal import Bytes
package import PruneCore
internal import PruneEngine

extension Simulation {
  /// Restores the tags in all tag files, the oldest first, as the command does: reads all users,
  /// then restores those who lack tags. Returns what became of each user, file by file; nil if the
  /// process died.
  package func restore(
    _ faultPlan: FaultPlan = FaultPlan(), merges: Bool = false,
    events: [(seconds: Double, event: ApplyEvent)] = []
  ) throws -> [[String: RestoreStatus]]? {
    run = Run()
    settings.scope = .restore
    defer { settings.scope = .whole }
    let process = ProcessDisk(stored.disk)
    var all: [[String: RestoreStatus]] = []
    do {
      for name in stored.disk.names(beginning: DiskState.path + ".tags-").sorted() {
        let saved = try MergedTags(ByteSource(stored.disk.bytes(name)))
        var restoration = Restoration(count: saved.count, merges: merges, adds: false) { saved[$0] }
        var statuses: [String: RestoreStatus] = [:]
        for _ in 0..<2 where restoration.count > 0 {
          var world = try SimulatedWorld(self, plan(), process, Inbox(), nil, faultPlan, events)
          (run.result, restoration) = try Applier.restore(
            plan(), restoration, settings, seed: random.next(), in: &world)
          for index in 0..<restoration.count {
            statuses["\(restoration[index].id)"] = restoration.status(at: index)
          }
          restoration = restoration.confirmed()
        }
        all.append(statuses)
      }
    } catch is ProcessDied {
      return nil
    }
    return all
  }
}
