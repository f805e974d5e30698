//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An object as a person names it where a map holds objects, or has them for keys: what the map takes is a descriptor.
///
///     id 12, name NAME, pinned PATH   a program, or for a map of maps a map
///     path /sys/fs/cgroup/web         a control group; as a key also a file
///     pid 1234                        a process
///     pid 1234 fd 5                   a copy of a descriptor of that process, such as a socket
///     fd 9                            a descriptor that this process inherited
enum WrittenObject: Equatable {
  /// A program or map.
  case pinnable(MapSelector)
  case path(String)
  case process(Int32)
  case descriptor(Int32, ofProcess: Int32?)

  /// The words that it can begin with as a value.
  static let keywords = MapSelector.keywords + keyKeywords
  /// The words that it can begin with as a key: programs and maps are no keys.
  static let keyKeywords = ["path", "pid", "fd"]

  init(_ words: ArraySlice<String>) throws(Failure) {
    var rest = words
    self = try Self(consuming: &rest)
    if let stray = rest.first { throw .usage("'\(stray)' was not expected after \(self)") }
  }

  private init(consuming words: inout ArraySlice<String>) throws(Failure) {
    guard let keyword = words.first, Self.keyKeywords.contains(keyword) else {
      self = .pinnable(try MapSelector(consuming: &words))
      return
    }
    let operand = try Self.operand(of: &words)
    switch keyword {
    case "path": self = .path(operand)
    case "fd": self = .descriptor(try Self.number(operand, "a descriptor"), ofProcess: nil)
    default:
      let process = try Self.number(operand, "a process")
      guard words.first == "fd" else {
        self = .process(process)
        return
      }
      let descriptor = try Self.number(Self.operand(of: &words), "a descriptor")
      self = .descriptor(descriptor, ofProcess: process)
    }
  }

  /// Takes a keyword and what follows it off the words, and returns the latter.
  private static func operand(of words: inout ArraySlice<String>) throws(Failure) -> String {
    let keyword = words.removeFirst()
    guard let operand = words.popFirst(), !operand.isEmpty else {
      throw .usage("'\(keyword)' needs something after it")
    }
    return operand
  }

  private static func number(_ text: String, _ what: String) throws(Failure) -> Int32 {
    let number = try WrittenNumber.parse(text, as: Int32.self, called: what)
    guard number >= 0 else { throw .usage("'\(text)' is not \(what)") }
    return number
  }
}

extension WrittenObject: CustomStringConvertible {
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
