internal import Bytes
internal import YAML

extension JSONValue {
  /// Why a text has no value.
  package enum YAMLFailure: Error {
    case unsupported(String, line: UInt32)
  }

  /// Reads the single document of a YAML text, with plain scalars resolved by YAML 1.2's core
  /// schema: `on` and `yes` are strings. Aliases, tags and repeated keys are errors.
  package init(yaml bytes: [UInt8]) throws {
    var parser = try YAMLParser(ByteSource(bytes))
    func next(_ parser: inout YAMLParser) throws -> YAMLParser.Event {
      let event = try parser.next()
      if event == .alias || parser.isTagged {
        throw YAMLFailure.unsupported("an alias or a tag", line: parser.mark.line)
      }
      return event
    }
    func value(_ event: YAMLParser.Event, _ parser: inout YAMLParser) throws -> JSONValue {
      switch event {
      case .scalar(let plain):
        let text = String(decoding: parser.scalar, as: UTF8.self)
        return plain ? JSONValue(plain: text) : .string(text)
      case .sequenceStart:
        var items: [JSONValue] = []
        while case let event = try next(&parser), event != .sequenceEnd {
          items.append(try value(event, &parser))
        }
        return .array(items)
      case .mappingStart:
        var fields: [String: JSONValue] = [:]
        while case let event = try next(&parser), event != .mappingEnd {
          let name = String(decoding: parser.scalar, as: UTF8.self)
          guard case .scalar = event, fields[name] == nil else {
            throw YAMLFailure.unsupported(
              "a key that is no scalar or no new one", line: parser.mark.line)
          }
          fields[name] = try value(try next(&parser), &parser)
        }
        return .object(fields)
      default: throw YAMLFailure.unsupported("no document", line: parser.mark.line)
      }
    }
    _ = try next(&parser)
    _ = try next(&parser)
    self = try value(try next(&parser), &parser)
    _ = try next(&parser)
    guard try next(&parser) == .streamEnd else {
      throw YAMLFailure.unsupported("a second document", line: parser.mark.line)
    }
  }

  /// A scalar without quotes.
  private init(plain text: String) {
    if ["", "~", "null", "Null", "NULL"].contains(text) {
      self = .null
    } else if ["true", "True", "TRUE"].contains(text) {
      self = .bool(true)
    } else if ["false", "False", "FALSE"].contains(text) {
      self = .bool(false)
    } else if let match = text.wholeMatch(of: /0o([0-7]+)/), let number = Int(match.1, radix: 8) {
      self = .number(Double(number))
    } else if let match = text.wholeMatch(of: /0x([0-9a-fA-F]+)/),
      let number = Int(match.1, radix: 16)
    {
      self = .number(Double(number))
    } else if text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil,
      let number = Double(text.hasSuffix(".") ? text + "0" : text)
    {
      self = .number(number)
    } else if text.wholeMatch(of: /[-+]?\.(inf|Inf|INF)/) != nil {
      self = .number(text.hasPrefix("-") ? -.infinity : .infinity)
    } else if [".nan", ".NaN", ".NAN"].contains(text) {
      self = .number(.nan)
    } else {
      self = .string(text)
    }
  }
}
