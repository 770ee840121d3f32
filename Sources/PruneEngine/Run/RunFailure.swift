package import PruneCore

/// Why a run could not begin, finish, or be saved.
package enum RunFailure<Break: Error>: Error, Sendable {
  /// Nothing was sent.
  case store(StateStoreError)
  /// The world broke off in the middle of the run; its journal is beside the state.
  case broken(Break)
  /// The run is over, but the state could not be written; with the records that the run changed, as
  /// they would have been saved.
  case unsaved(Applier.Ended, cause: StateStoreError, records: [StateRecord])
  /// The run is over and the state saved; only its journal could not be removed.
  case journalLeft(Applier.Ended, SystemError)
}
