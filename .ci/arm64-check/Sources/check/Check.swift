//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Glibc
import SystemPackage

/// A part of the library, checked on the running kernel. It ends at the first unmet expectation.
struct Check {
  var name: String
  /// Whether a kernel may lack the feature. `BPFError.Code.unsupported` then counts as skipped.
  var isOptional = false
  var body: () throws -> Void

  /// Runs the check, prints its outcome, and returns it.
  func run() -> Outcome {
    do {
      try body()
      print("passed ", name)
      return .passed
    } catch let error as BPFError where isOptional && error.code == .unsupported {
      print("skipped", name + ":", error)
      return .skipped
    } catch {
      print("FAILED ", name + ":", error)
      return .failed
    }
  }

  enum Outcome { case passed, skipped, failed }
}

/// An unmet expectation.
struct Unmet: Error, CustomStringConvertible {
  var description: String
}

/// Throws unless two values are equal.
func expect<Value: Equatable>(
  _ value: Value, _ expected: Value, _ name: String = "value"
) throws(Unmet) {
  guard value != expected else { return }
  throw Unmet(description: "\(name) is \(value), expected \(expected)")
}

/// Throws unless a condition holds.
func expect(_ condition: Bool, _ name: String) throws(Unmet) {
  guard !condition else { return }
  throw Unmet(description: "unmet: \(name)")
}

/// The page size of the running kernel.
let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

/// Numbers of system calls.
enum SystemCallNumber {
  #if arch(arm64)
  static let (getppid, kill) = (173, 129)
  #else
  static let (getppid, kill) = (110, 62)  // x86-64
  #endif
}

/// The folder of the compiled programs.
struct Programs {
  let folder: FilePath

  /// The library with functions and USDT probes.
  var library: FilePath { folder.appending("probed.so") }

  /// Loads some programs of an object.
  func load(_ names: [String], of object: String = "check") throws -> Object {
    var file = try ObjectFile(folder.appending("\(object).bpf.o"))
    try file.setVariable("process", to: getpid())
    if object == "check" {
      try file.setVariable("call_of_getppid", to: SystemCallNumber.getppid)
      try file.setVariable("call_of_kill", to: SystemCallNumber.kill)
    }
    for name in file.programs.names where !names.contains(name) { file.programs[name]?.isLoaded = false }
    return try file.load()
  }

  /// Calls a function of the library.
  func call(_ function: String, _ first: Int, _ second: Int = 0, _ third: Int = 0) throws -> Int {
    guard let library = dlopen(library.string, RTLD_NOW), let address = dlsym(library, function) else {
      throw Errno.noSuchFileOrDirectory
    }
    typealias Function = @convention(c) (Int, Int, Int) -> Int
    return unsafeBitCast(address, to: Function.self)(first, second, third)
  }
}

extension Object {
  /// The number of events that the programs counted.
  var calls: UInt64 { get throws { try variable("calls") } }

  func arguments<let count: Int>() throws -> [count of Int] { try variable("arguments") }
}
