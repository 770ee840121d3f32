import ArgumentParser

extension Edition: ExpressibleByArgument {
  /// `free_trial` is what the international console calls the developer edition (docs/service.md,
  /// "Editions").
  init?(argument: String) {
    self.init(rawValue: argument == "free_trial" ? Self.developer.rawValue : argument)
  }
}
extension DenialLevel: ExpressibleByArgument {}

/// What options with several parts mean; each throws what is wrong with its text.
extension SandboxCommand {
  func admins() throws -> Set<UserID> {
    Set(
      try admin.map { name in
        guard let id = UserID(name.utf8) else {
          throw ValidationError("--admin must have 1 to 32 bytes.")
        }
        return id
      })
  }

  func features() throws -> Set<Feature> {
    Set(
      try enabled.flatMap { $0.split(separator: ",") }.map { name in
        guard let feature = Feature(rawValue: String(name)) else {
          let known = Feature.allCases.map(\.rawValue).joined(separator: ", ")
          throw ValidationError("--enabled does not know '\(name)'. Known features: \(known).")
        }
        return feature
      })
  }

  func faults() throws -> FaultSchedule {
    do {
      return try FaultSchedule(fault, odds: faultOdds, seed: seed)
    } catch {
      throw ValidationError("--fault: \(error).")
    }
  }

  func otherClients() throws -> OtherClients {
    do {
      return try others.map { text throws(BadValue) in try OtherClients(text) }
        ?? OtherClients()
    } catch {
      throw ValidationError("--others: \(error).")
    }
  }

  func numberedTags() throws -> NumberedTags? {
    do {
      return try tagsPerUser.map { text throws(BadValue) in try NumberedTags(text) }
    } catch {
      throw ValidationError("--tags-per-user: \(error).")
    }
  }

  func reregistrations() throws -> Reregistrations {
    do {
      return try Reregistrations(reregister, odds: reregisterOdds, seed: seed)
    } catch {
      throw ValidationError("--reregister: \(error).")
    }
  }
}
