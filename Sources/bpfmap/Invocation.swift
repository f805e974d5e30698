//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

/// One run of the tool, from its arguments to its exit status.
struct Invocation: ~Copyable {
  private let isJSON: Bool
  private var output = Output(to: .standardOutput)

  init(isJSON: Bool) {
    self.isJSON = isJSON
  }

  /// Parses and runs a command.
  ///
  /// - Parameter given: The arguments after the tool's name. They may use the syntax of bpftool.
  mutating func run(_ given: [String]) -> ExitStatus {
    let arguments: [String]
    do throws(Failure) {
      arguments = try BpftoolArguments.translated(given)
    } catch {
      return reject(error)
    }
    if let failure = CommandName.failure(in: arguments) { return reject(failure) }
    switch Result(catching: { try BPFMapTool.parseAsRoot(arguments) }) {
    case .success(let command): return perform(command)
    case .failure(let error): return respond(to: error)
    }
  }

  /// Reports an error that prevents the command from running.
  mutating func reject(_ failure: Failure) -> ExitStatus {
    report(ErrorReport(failure), hint: "See 'bpfmap --help'.")
  }

  private mutating func perform(_ command: any ParsableCommand) -> ExitStatus {
    var command = command
    do {
      if let command = command as? any MapCommand {
        try command.run(to: &output)
      } else {
        try command.run()
      }
      try output.flush()
      return .success
    } catch let error as BPFError {
      return report(ErrorReport(error))
    } catch let failure as Failure {
      let arguments = (type(of: command) as? any MapCommand.Type)?.helpTopic ?? ""
      return report(ErrorReport(failure), hint: "See 'bpfmap help \(arguments)'.")
    } catch let failure as OutputFailure {
      return report(failure)
    } catch let code as ExitCode {
      return write("", andExit: ExitStatus(rawValue: code.rawValue) ?? .failed)
    } catch {
      return respond(to: error)
    }
  }

  /// Prints help and completion scripts, which ArgumentParser throws as errors, or reports a parsing error.
  private mutating func respond(to error: any Error) -> ExitStatus {
    guard BPFMapTool.exitCode(for: error).isSuccess else {
      return reject(.usage(BPFMapTool.message(for: error)))
    }
    return write(BPFMapTool.fullMessage(for: error) + "\n", andExit: .success)
  }

  /// Writes the pending output and a text, and returns the status.
  private mutating func write(_ text: String, andExit status: ExitStatus) -> ExitStatus {
    do throws(OutputFailure) {
      try output.write(text)
      try output.flush()
      return status
    } catch {
      return report(error)
    }
  }

  private mutating func report(_ failure: OutputFailure) -> ExitStatus {
    switch failure {
    // The command changed nothing, and its result is not needed.
    case .closedPipe where output.effect == nil: .success
    case .closedPipe: report(ErrorReport(Self.failure(.brokenPipe)))
    case .failed(let errno): report(ErrorReport(Self.failure(errno)))
    }
  }

  private static func failure(_ errno: Errno) -> Failure {
    .failed("standard output: \(errno.explained)", errno)
  }

  private mutating func report(_ report: ErrorReport, hint: String = "") -> ExitStatus {
    var error = report
    if let effect = output.effect { error.message = "\(effect), but then failed: \(error.message)" }
    if isJSON, !output.hasBegun, writeErrorAsOutput(error) { return error.status }
    try? output.flush()
    var errors = Output(to: .standardError)
    // If standard error cannot be written either, only the exit status reports the error.
    do throws(OutputFailure) {
      if isJSON {
        try errors.json(error.write)
      } else {
        try errors.write("bpfmap: \(error.message)\n")
        if error.status == .usage, !hint.isEmpty { try errors.write(hint + "\n") }
      }
      try errors.flush()
    } catch {}
    return error.status
  }

  /// Writes an error to standard output, and returns whether that succeeded.
  private mutating func writeErrorAsOutput(_ error: ErrorReport) -> Bool {
    // Discards the pending output, which is the beginning of an incomplete result.
    output = Output(to: .standardOutput)
    do throws(OutputFailure) {
      try output.json(error.write)
      try output.flush()
      return true
    } catch {
      return false
    }
  }
}
