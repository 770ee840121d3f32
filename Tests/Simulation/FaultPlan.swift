extension Simulation {
  /// What befalls a run.
  package struct FaultPlan {
    /// The process dies before it takes this step, counted from 1.
    package var lastStep: Int?
    /// The process dies before this disk operation, counted from 1.
    package var lastOperation: Int?
    /// The process dies before this disk operation of a save, counted from 1.
    package var lastOfSave: Int?
    /// Whether the machine dies with the process: what was not synced may be lost.
    package var cutsPower = true
    /// Of names that were not synced only the last change outlives a power cut.
    package var keepsNewest = false
    package var failure: DiskFailure?
    /// Before this step the machine sleeps, for so many seconds.
    package var sleep: (step: Int, seconds: Double)?
    /// Before this step something else is done to the files of the run.
    package var externalChange: (step: Int, kind: ExternalChange)?
    /// Whether the state is mounted by itself, so that it cannot be replaced.
    package var mountsState = false
    /// At every so many steps somebody registers under an id that is nobody's, or gets tags.
    package var registrations: Int?
    /// At every so many disk operations another process begins to read.
    package var readers: Int?

    package init() {}
  }
}
