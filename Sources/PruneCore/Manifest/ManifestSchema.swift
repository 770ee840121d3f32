/// The JSON Schema (draft-07) of a manifest, for editors.
///
/// Whatever the reader accepts, the schema accepts; what is wrong in structure (an unknown key, a
/// type, a word, a range, something missing) both refuse. Some rules only the reader knows: those of
/// ids (quoting, bytes, hidden characters, one line), of protected entries, duplicates, lists, and the safety rules of the YAML.
package enum ManifestSchema {
  package static var text: String {
    #"""
    {
      "$schema": "http://json-schema.org/draft-07/schema#",
      "title": "imprune manifest, version 1",
      "description": "The users of a Tencent Cloud Chat app that are to lose their tags or their accounts.",
      "type": "object",
      "additionalProperties": false,
      "required": ["version", "app", "users"],
      "properties": {
        "version": {"description": "The version of this format.", "enum": [1, "1"]},
        "app": {
          "description": "The app, and what is known of its rights.",
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
              "description": "The app's data centre.",
              "enum": [\#(words(Region.self))]
            },
            "endpoint": {
              "description": "A base URL in place of a region: https://host[:port]; plain http only for this machine.",
              "type": "string", "pattern": "^https?://[^/?#@]+/?$"
            },
            "admin": {
              "description": "The identifier that calls are made as. Default: administrator.",
              "allOf": [{"$ref": "#/definitions/id"}]
            },
            "edition": {
              "description": "The plan that the console shows; accounts can be removed in trial and developer apps.",
              "enum": [\#(quoted(Edition.names))]
            },
            "enabled": {
              "description": "What was switched on in the console or by ticket.",
              "type": "array", "items": {"enum": [\#(words(Capability.self))]}
            },
            "tags_api": {
              "description": "The family of tag calls. Default: all_member_push.",
              "enum": [\#(words(TagsAPI.self))]
            }
          }
        },
        "guards": {
          "description": "What refuses a plan.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "max_removals": {
              "description": "The most users that one plan may remove. Default: 100.",
              "allOf": [{"$ref": "#/definitions/count"}]
            },
            "max_clears": {
              "description": "The most users whose tags one plan may clear. Default: 10000.",
              "allOf": [{"$ref": "#/definitions/count"}]
            },
            "max_new_removals": {
              "description": "The most removals that a change may add, with plan --base.",
              "allOf": [{"$ref": "#/definitions/count"}]
            },
            "protected": {
              "description": "Ids and globs of ids (only * is special: any characters) that are never touched.",
              "type": "array", "maxItems": \#(Problem.protectedLimit),
              "items": {"$ref": "#/definitions/id"}
            }
          }
        },
        "expect": {
          "description": "How many users this manifest asks for, whatever is done already.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "removals": {"$ref": "#/definitions/count"},
            "clears": {"$ref": "#/definitions/count"}
          }
        },
        "users": {
          "description": "The wanted users; [] asks for no one. Deleting an entry never causes a call.",
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
              "description": "A file beside the manifest: with one id per line, where a line that begins with # is a comment; or a CSV file, one column of which holds the ids.",
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
                      "description": "The name that the first line gives the column; or its number, counted from 1: then no line is a header.",
                      "type": ["string", "integer"], "minLength": 1, "minimum": 1, "maximum": \#(CSVColumn.highest)
                    }
                  }
                }
              ]
            },
            "tags": {
              "description": "[]: all tags of the user are cleared.",
              "type": "array", "maxItems": 0
            },
            "account": {
              "description": "absent: the account is removed, which cannot be undone.",
              "const": "absent"
            },
            "reason": {
              "description": "Why, in one line; shown in plans and reports.",
              "type": ["string", "number", "boolean", "null"], "maxLength": 200
            },
            "revision": {
              "description": "Raise it to have done again what is done. Default: 1.",
              "type": "integer", "minimum": 1, "maximum": \#(Revision.highest)
            }
          }
        },
        "id": {
          "description": "1 to 32 bytes, byte for byte; quote what YAML takes for something else than a string.",
          "type": ["string", "integer"], "minLength": 1, "maxLength": 32, "minimum": 0
        },
        "count": {"type": "integer", "minimum": 0, "maximum": 1000000000},
        "text": {
          "description": "Any single value, taken as it is written.",
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
