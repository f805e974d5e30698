//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import BPFSyscall
import CKernelFixtures
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A program of `Events/Kinds.swift`, with its event.
struct EventKind: Sendable, CustomTestStringConvertible {
  let program: String
  /// The first release that runs it.
  var since = "5.10"
  /// The feature that it needs.
  var feature: BuiltFeature?
  /// What the program reads in its context; nil if that depends on the kernel.
  var value: UInt64?
  /// Attaches the program and causes the event.
  let fire: @Sendable (LoadedKind) throws -> Void

  init(
    _ program: String, since: String = "5.10", _ feature: BuiltFeature? = nil,
    reads value: UInt64? = nil,
    _ fire: @escaping @Sendable (LoadedKind) throws -> Void
  ) {
    (self.program, self.since, self.feature, self.value, self.fire) = (program, since, feature, value, fire)
  }

  var testDescription: String { program }

  /// Whether the running kernel runs the program.
  var isKnown: Bool { !KernelRelease.isOlder(than: since) && feature?.isAvailable != false }

  static let all = network + sockets + groups + events + probes + trampolines + others
}

/// A loaded program of one kind.
final class LoadedKind {
  let object: Object
  let program: Program
  /// What keeps the program attached.
  private var held: [Any] = []

  /// Programs that are loaded with another.
  static let companions = [
    "sk_skb_stream": ["sk_skb_parser"], "start": ["threshold", "undo", "avoid"],
  ]

  /// The module without checks, and with them.
  private static let (unchecked, checked) = (
    Result { try compile(["-Ounchecked"]) }, Result { try compile([]) }
  )
  static let folder = FilePath("\(#filePath)").removingLastComponent().appending("Events")

  private static func compile(_ options: [String]) throws -> ObjectFile {
    let module = try KernelModuleFixture.compile(folder: folder, named: "KindsKernel", options: options)
    return try ObjectFile(bytes: #require(module.object, "\(module.messages)"), name: "kinds")
  }

  static func file(isChecked: Bool) throws -> ObjectFile { try (isChecked ? checked : unchecked).get() }

  init(_ name: String, isChecked: Bool) throws {
    var file = try Self.file(isChecked: isChecked)
    for other in file.programs.names {
      file.programs[other]?.isLoaded = other == name || Self.companions[name]?.contains(other) == true
    }
    file.maps["swift_tcp"]?.isCreated = name == "start"
    try file.setVariable("thread", to: UInt32(Self.thread()))
    #if arch(x86_64)
    try file.setVariable("getppid", to: UInt64(110))
    #else
    try file.setVariable("getppid", to: UInt64(173))
    #endif
    object = try file.load()
    program = try object.program(name)
  }

  /// Returns the calling thread's ID.
  private static func thread() throws -> Int {
    var target = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/thread-self", &target, target.count)
    let text = String(decoding: target.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return try #require(text.split(separator: "/").last.flatMap { Int($0) })
  }

  /// The number of runs.
  var runs: UInt64 { get throws { try object.variable("runs") } }
  /// What the last run read in its context.
  var seen: UInt64 { get throws { try object.variable("seen") } }

  /// Keeps a link, or another object that the event needs.
  func hold(_ objects: Any...) { held += objects }

  func release() { held = [] }
}
