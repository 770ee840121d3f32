/// The JSON Schema (draft-07) of a manifest, for editors.
///
/// The schema accepts everything that the reader accepts, and both refuse errors of structure (an
/// unknown key, a wrong type, word or range, a missing key). Some rules are only in the reader: those
/// for ids (quoting, bytes, hidden characters, one line), protected entries, duplicates and lists, and
/// the safety rules for YAML.
package enum ManifestSchema {
  package static var text: String {
    #"""
    {
      "$schema": "http://json-schema.org/draft-07/schema#",
      "title": "imprune manifest, version 1",
      "description": "The users of a Tencent Cloud Chat app whose tags to clear or whose accounts to remove.",
      "type": "object",
      "additionalProperties": false,
      "required": ["version", "app", "users"],
      "properties": {
        "version": {"description": "The version of this format.", "enum": [1, "1"]},
        "app": {
          "description": "The app, and what it is allowed to do.",
          "type": "object",
          "additionalProperties": false,
          "required": ["sdk_app_id", "edition"],
          "oneOf": [{"required": ["region"]}, {"required": ["endpoint"]}],
          "properties": {
            "sdk_app_id": {
              "description": "The app's SDKAppID, as the console shows it.",
              "type": "integer", "minimum": 1, "maximum": \#(UInt32.max)
            },
            "region": {
              "description": "The app's data center.",
              "enum": [\#(words(Region.self))]
            },
            "endpoint": {
              "description": "A base URL instead of a region: https://host[:port]; plain http only for this machine.",
              "type": "string", "pattern": "^https?://[^/?#@]+/?$"
            },
            "admin": {
              "description": "The admin account that imprune uses for its calls. Default: administrator.",
              "allOf": [{"$ref": "#/definitions/id"}]
            },
            "edition": {
              "description": "The app's edition, called plan in the console. Trial and developer apps can remove accounts by default.",
              "enum": [\#(quoted(Edition.names))]
            },
            "enabled": {
              "description": "Features that were switched on in the console or by ticket.",
              "type": "array", "items": {"enum": [\#(words(Capability.self))]}
            },
            "tags_api": {
              "description": "The group of tag calls to use. Default: all_member_push.",
              "enum": [\#(words(TagsAPI.self))]
            }
          }
        },
        "guards": {
          "description": "Limits and protected users; imprune refuses a plan that violates them.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "max_removals": {
              "description": "The maximum number of users that one plan may remove. Default: 100.",
              "allOf": [{"$ref": "#/definitions/count"}]
            },
            "max_clears": {
              "description": "The maximum number of users whose tags one plan may clear. Default: 10000.",
              "allOf": [{"$ref": "#/definitions/count"}]
            },
            "max_new_removals": {
              "description": "The maximum number of removals that one change may add; applies to plans with --base.",
              "allOf": [{"$ref": "#/definitions/count"}]
            },
            "max_absent": {
              "description": "The share of users without an account, such as 20%; applies to plans with --refresh.",
              "type": "string", "pattern": "^(0|[1-9][0-9]?|100)%$"
            },
            "protected": {
              "description": "Ids and globs of ids (only * is special: any characters) that imprune never changes.",
              "type": "array", "maxItems": \#(Problem.protectedLimit),
              "items": {"$ref": "#/definitions/id"}
            }
          }
        },
        "expect": {
          "description": "How many users this manifest lists, done or not.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "removals": {"$ref": "#/definitions/count"},
            "clears": {"$ref": "#/definitions/count"}
          }
        },
        "users": {
          "description": "The users; [] lists no users. Deleting an entry never causes a call.",
          "type": "array",
          "items": {"$ref": "#/definitions/entry"}
        }
      },
      "definitions": {
        "entry": {
          "type": "object",
          "additionalProperties": false,
          "allOf": [
            {
              "oneOf": [
                {"required": ["id"]}, {"required": ["ids"]}, {"required": ["ids_from"]}
              ]
            },
            {"oneOf": [{"required": ["tags"]}, {"required": ["account"]}]}
          ],
          "properties": {
            "id": {"description": "One user.", "allOf": [{"$ref": "#/definitions/id"}]},
            "ids": {
              "description": "Several users.",
              "type": "array", "minItems": 1, "items": {"$ref": "#/definitions/id"}
            },
            "ids_from": {
              "description": "A file in the manifest's folder: a list with one id per line, where a line that begins with # is a comment; or one column of a CSV file.",
              "anyOf": [
                {"$ref": "#/definitions/text"},
                {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["path", "column"],
                  "properties": {
                    "path": {
                      "description": "The CSV file (RFC 4180).",
                      "allOf": [{"$ref": "#/definitions/text"}]
                    },
                    "column": {
                      "description": "The name of a column in the first line; or its number, counted from 1, for a file without a header.",
                      "type": ["string", "integer"], "minLength": 1, "minimum": 1, "maximum": \#(CSVColumn.highest)
                    }
                  }
                }
              ]
            },
            "tags": {
              "description": "[]: imprune clears all tags of the user.",
              "type": "array", "maxItems": 0
            },
            "account": {
              "description": "absent: imprune removes the account, which cannot be undone.",
              "const": "absent"
            },
            "reason": {
              "description": "The reason, in one line; plans and reports show it.",
              "type": ["string", "number", "boolean", "null"], "maxLength": 200
            },
            "revision": {
              "description": "Raise it to repeat a finished operation. Default: 1.",
              "type": "integer", "minimum": 1, "maximum": \#(Revision.highest)
            }
          }
        },
        "id": {
          "description": "1 to 32 bytes, byte for byte; quote ids that YAML does not read as strings.",
          "type": ["string", "integer"], "minLength": 1, "maxLength": 32, "minimum": 0
        },
        "count": {"type": "integer", "minimum": 0, "maximum": 1000000000},
        "text": {
          "description": "Any single value, used as it is written.",
          "type": ["string", "number", "boolean", "null"]
        }
      }
    }

    """#
  }

  private static func words<Word: CaseIterable & RawRepresentable<String>>(
    _ type: Word.Type
  ) -> String {
    quoted(type.allCases.map(\.rawValue))
  }

  private static func quoted(_ words: [String]) -> String {
    words.map { "\"\($0)\"" }.joined(separator: ", ")
  }
}
