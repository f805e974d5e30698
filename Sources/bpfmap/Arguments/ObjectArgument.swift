//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An object on the command line that is the value or key of a map. The kernel takes the object's descriptor.
///
///     id 12, name NAME, pinned PATH   a program, or a map for a map-in-map
///     path /sys/fs/cgroup/web         a cgroup; as a key, also a file
///     pid 1234                        a process
///     pid 1234 fd 5                   a copy of a descriptor of that process, such as a socket
///     fd 9                            a descriptor that this process inherited
enum ObjectArgument: Equatable {
  /// A program or a map.
  case pinnable(MapSelector)
  case path(String)
  case process(Int32)
  case descriptor(Int32, ofProcess: Int32?)

  /// The keywords that begin an object as a value.
  static let keywords = MapSelector.keywords + keyKeywords
  /// The keywords that begin an object as a key. Programs and maps are not keys.
  static let keyKeywords = ["path", "pid", "fd"]

  init(_ words: ArraySlice<String>) throws(Failure) {
    var rest = words
    self = try Self(consuming: &rest)
    if let unexpected = rest.first { throw .usage("unexpected '\(unexpected)' after '\(self)'") }
  }

  private init(consuming words: inout ArraySlice<String>) throws(Failure) {
    guard let keyword = words.first, Self.keyKeywords.contains(keyword) else {
      self = .pinnable(try MapSelector(consuming: &words))
      return
    }
    let operand = try Self.operand(of: &words)
    switch keyword {
    case "path": self = .path(operand)
    case "fd": self = .descriptor(try Self.number(operand, "a file descriptor"), ofProcess: nil)
    default:
      let process = try Self.number(operand, "a process id")
      guard words.first == "fd" else {
        self = .process(process)
        return
      }
      let descriptor = try Self.number(Self.operand(of: &words), "a file descriptor")
      self = .descriptor(descriptor, ofProcess: process)
    }
  }

  /// Removes a keyword and its operand from the words, and returns the operand.
  private static func operand(of words: inout ArraySlice<String>) throws(Failure) -> String {
    let keyword = words.removeFirst()
    guard let operand = words.popFirst(), !operand.isEmpty else {
      throw .usage("missing argument after '\(keyword)'")
    }
    return operand
  }

  private static func number(_ text: String, _ what: String) throws(Failure) -> Int32 {
    let number = try IntegerArgument.parse(text, as: Int32.self, description: what)
    guard number >= 0 else { throw .usage("'\(text)' is not \(what)") }
    return number
  }
}

extension ObjectArgument: CustomStringConvertible {
  var description: String {
    switch self {
    case .pinnable(let selector): "\(selector)"
    case .path(let path): "path \(path)"
    case .process(let process): "pid \(process)"
    case .descriptor(let descriptor, let process?): "pid \(process) fd \(descriptor)"
    case .descriptor(let descriptor, nil): "fd \(descriptor)"
    }
  }
}
