import Testing

@testable import imprune_sandbox

/// The service over real sockets.
@Suite struct ServerTests {
  @Test func `one connection carries call after call`() throws {
    try serving { port in
      let connection = try RawConnection(port: port)
      for id in ["u1", "u2"] {
        try connection.send(httpText(.accountDelete, [id]))
        let (head, body) = try connection.response()
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(head.contains("content-type: application/json"))
        #expect(body.contains("{\"ResultCode\": 0, \"ResultInfo\": \"\", \"UserID\": \"\(id)\"}"))
      }
      try connection.send(pageText("users"))
      #expect(try connection.response().body == "u3\n")
    }
  }

  @Test func `calls sent at once are answered in order`() throws {
    try serving { port in
      let connection = try RawConnection(port: port)
      let ids = (0..<50).map { "x\($0)" }
      try connection.send(ids.map { httpText(.accountCheck, [$0]) }.joined())
      for id in ids {
        #expect(try connection.response().body.contains("\"UserID\": \"\(id)\""))
      }
    }
  }

  @Test func `a refused call is still HTTP 200`() throws {
    try serving { port in
      let connection = try RawConnection(port: port)
      try connection.send(httpText(.accountDelete, [], body: "not json"))
      let (head, body) = try connection.response()
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(body.contains("\"ErrorCode\": 60003"))
    }
  }

  @Test func `a body waits for leave when it asks`() throws {
    try serving { port in
      let connection = try RawConnection(port: port)
      let text = httpText(.accountDelete, ["u1"], headers: "Expect: 100-continue\r\n")
      let parts = text.split(separator: "{", maxSplits: 1)
      try connection.send(String(parts[0]))
      #expect(try connection.response().head.hasPrefix("HTTP/1.1 100 Continue"))
      try connection.send("{" + parts[1])
      #expect(try connection.response().body.contains("\"ErrorCode\": 0"))
    }
  }

  @Test func `a caller who asks for it is closed after the answer`() throws {
    try serving { port in
      let connection = try RawConnection(port: port)
      try connection.send(httpText(.accountCheck, ["u1"], headers: "Connection: close\r\n"))
      #expect(try connection.response().head.contains("connection: close"))
      #expect(try connection.isAtEnd())
    }
  }

  @Test func `a body without end is refused as a gateway would`() throws {
    try serving { port in
      let connection = try RawConnection(port: port)
      let body = String(repeating: " ", count: 1 << 20) + "{}"
      try connection.send(httpText(.accountCheck, [], body: body))
      #expect(try connection.response().head.hasPrefix("HTTP/1.1 413 "))
      #expect(try connection.isAtEnd())
    }
  }

  @Test func `what is no HTTP is refused and the server lives on`() throws {
    try serving { port in
      let broken = try RawConnection(port: port)
      try broken.send("hello there\r\n\r\n")
      #expect(try broken.response().head.hasPrefix("HTTP/1.1 400 "))
      #expect(try broken.isAtEnd())
      let connection = try RawConnection(port: port)
      try connection.send(httpText(.accountCheck, ["u1"]))
      #expect(try connection.response().body.contains("\"ErrorCode\": 0"))
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `waiting answers hold up nobody else, nor the end`() throws {
    // An hour: none of these answers ever comes, so nothing here depends on time.
    try serving(latency: .seconds(3600)) { port in
      let waiting = try (0..<3).map { _ in try RawConnection(port: port) }
      for connection in waiting { try connection.send(httpText(.accountDelete, ["u1"])) }
      let watcher = try RawConnection(port: port)
      var seen = ""
      // The effects come at once, in whatever order the connections are read.
      while !seen.contains("\"max_in_flight\": 3") {
        try watcher.send(pageText("counters"))
        seen = try watcher.response().body
      }
      #expect(seen.contains("\"users\": 2, \"removed\": 1, \"deletes_of_absent\": 2"))
    }
  }
}
