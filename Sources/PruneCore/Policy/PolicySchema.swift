/// The JSON Schema (draft-07) of a policy, for editors.
///
/// As with `ManifestSchema`, the schema accepts everything that the reader accepts, and both refuse
/// errors of structure. That there must be a rule is only in the reader.
package enum PolicySchema {
  package static var text: String {
    #"""
    {
      "$schema": "http://json-schema.org/draft-07/schema#",
      "title": "imprune policy, version 1",
      "description": "Rules for the machine that applies. For each key, the stricter of the policy and the manifest applies.",
      "type": "object",
      "additionalProperties": false,
      "required": ["version"],
      "properties": {
        "version": {"description": "The version of this format.", "enum": [1, "1"]},
        "apps": {
          "description": "The only apps (SDKAppIDs) that imprune may touch. Default: any.",
          "type": "array", "minItems": 1,
          "items": {"type": "integer", "minimum": 1, "maximum": \#(UInt32.max)}
        },
        "max_removals": {
          "description": "The maximum number of users that one plan may remove, whatever guards.max_removals says.",
          "allOf": [{"$ref": "#/definitions/count"}]
        },
        "max_clears": {
          "description": "The maximum number of users whose tags one plan may clear, whatever guards.max_clears says.",
          "allOf": [{"$ref": "#/definitions/count"}]
        },
        "protected": {
          "description": "Ids and globs of ids (only * is special: any characters) that imprune never changes, in addition to guards.protected.",
          "type": "array", "maxItems": \#(Problem.protectedLimit),
          "items": {
            "type": ["string", "integer"], "minLength": 1, "maxLength": 32, "minimum": 0
          }
        },
        "forbid": {
          "description": "auto_approve: no apply with --auto-approve. resend: no user is sent again after a call without a usable answer. endpoint: no manifest with an address instead of a region.",
          "type": "array",
          "items": {"enum": [\#(practices)]}
        },
        "require": {
          "description": "How many people must sign a plan (imprune approve), and who may.",
          "type": "object",
          "additionalProperties": false,
          "required": ["signatures", "signers"],
          "properties": {
            "signatures": {"type": "integer", "minimum": 1, "maximum": 10},
            "signers": {
              "description": "The allowed signers, a file as ssh-keygen -Y verify reads it, relative to the policy.",
              "type": ["string", "number", "boolean"]
            }
          }
        }
      },
      "definitions": {
        "count": {"type": "integer", "minimum": 0, "maximum": 1000000000}
      }
    }

    """#
  }

  private static var practices: String {
    Policy.Practice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
  }
}
