//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// An error in the form that the tool prints, with its exit status.
struct ErrorReport {
  var message: String
  let status: ExitStatus
  private let code: String
  private let operation: String?
  private let errno: Errno?
  private let mapID: MapID?
  private let mapName: String?
  private let path: FilePath?
  private let processed: Int?
  private let programName: String?
  private let log: String?

  init(_ error: BPFError) {
    message = error.description
    status =
      switch error.code {
      // Values are parsed from the command line.
      case _ where error.operation == .readValue: .usage
      case .notFound: .notFound
      // The library rejects these arguments before the system call.
      case .invalidName, .wrongSize: .usage
      default: .failed
      }
    code = error.code.rawValue
    operation = error.operation.rawValue
    errno = error.errno
    mapID = error.mapID
    mapName = error.mapName
    path = error.path
    processed = error.processed
    programName = error.programName
    log = error.log
  }

  init(_ failure: Failure) {
    message = failure.message
    status = failure.exitStatus
    code = failure.code
    operation = nil
    errno = failure.errno
    mapID = nil
    mapName = nil
    path = nil
    processed = nil
    programName = nil
    log = nil
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("error", message)
      json.member("code", code)
      json.member("operation", operation)
      json.key("errno")
      if let errno {
        json.object { json in
          json.member("name", errno.symbol)
          json.member("number", errno.rawValue)
        }
      } else {
        json.null()
      }
      json.member("map_id", mapID?.rawValue)
      json.member("map_name", mapName)
      json.member("path", path?.string)
      json.member("processed", processed)
      json.member("program_name", programName)
      json.member("log", log)
    }
  }
}
