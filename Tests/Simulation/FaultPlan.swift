extension Simulation {
  /// The faults of a run.
  package struct FaultPlan {
    /// The process dies before this step, counted from 1.
    package var lastStep: Int?
    /// The process dies before this disk operation, counted from 1.
    package var lastOperation: Int?
    /// The process dies before this disk operation of a save, counted from 1.
    package var lastOfSave: Int?
    /// Whether the machine dies with the process: what was not synced may be lost.
    package var cutsPower = true
    /// Of names that were not synced only the last change survives a power cut.
    package var keepsNewest = false
    package var failure: DiskFailure?
    /// Before this step the machine sleeps for this many seconds.
    package var sleep: (step: Int, seconds: Double)?
    /// Before this step another process changes the files of the run.
    package var externalChange: (step: Int, kind: ExternalChange)?
    /// Whether the state is a mount point, so that it cannot be replaced.
    package var mountsState = false
    /// One step in this many, someone registers under a free id or gets tags.
    package var registrations: Int?
    /// One disk operation in this many, another process begins to read.
    package var readers: Int?

    package init() {}
  }
}
