//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import KernelFixtures
import Testing

@testable import bpfmap

/// Writes maps with objects as values or keys.
@Suite("Objects as values and keys", .bpftool)
struct ObjectValueTests {
  private func create(_ options: String, at path: FilePath) throws {
    try Tool.succeed("create \(options) --pin \(path)")
  }

  @Test("A program array accepts programs by path, id and name")
  func programs() throws {
    try withBPFFileSystem { directory in
      let (path, pin) = (directory.appending("programs"), directory.appending("program"))
      let name = UniqueName.next()
      let program = try FixtureDescriptor.program(name: name)
      try program.pin(at: pin)
      let id = try Program(pinnedAt: pin).id.rawValue
      try create("--type prog_array --key-size 4 --value-size 4 --max-entries 4", at: path)
      try Tool.succeed("update \(path) key u32:0 value pinned \(pin)")
      try Tool.succeed("update \(path) key u32:1 value id \(id)")
      try Tool.succeed("update \(path) key u32:2 value name \(name)")
      let held = try Bpftool.run("map", "dump", "pinned", path.string).array.map { $0["value"].bytes }
      #expect(held.filter { $0 == FieldType.hostOrder(id) }.count == 3)
      for (words, status) in [
        ("u32:1", 64), ("path /sys/fs/cgroup", 64), ("id 4294967295", 2), ("pinned \(pin)x", 2),
        ("pid 1", 64),
        ("name nosuch_program", 1),
      ] {
        let command = try Tool.run(line: "update \(path) key u32:3 value \(words)")
        #expect(command.status == Int32(status), "\(words): \(command.standardError)")
        if status == 64 { #expect(command.standardError.contains("'value pinned ")) }
      }
    }
  }

  @Test("A cgroup array accepts cgroups by path")
  func cgroups() throws {
    try withBPFFileSystem { directory in
      let (path, cgroup) = (directory.appending("groups"), try TemporaryCgroup())
      try create("--type cgroup_array --key-size 4 --value-size 4 --max-entries 2", at: path)
      try Tool.succeed("update \(path) key u32:0 value path \(cgroup.path)")
      // The kernel rejects descriptors of other files.
      #expect(try Tool.run(line: "update \(path) key u32:1 value path /tmp").status == 1)
      #expect(try Tool.run(line: "update \(path) key u32:1 value path /nosuch").status == 1)
      let wrong = try Tool.run(line: "update \(path) key u32:1 value id 1")
      #expect(wrong.status == 64 && wrong.standardError.contains("'value path /sys/fs/cgroup/"))
      let inherited = try Command.run(
        Tool.path, ["update", path.string, "key", "u32:1", "value", "fd", "9"],
        inheriting: [9: cgroup.descriptor])
      #expect(inherited.status == 0, "\(inherited.standardError)")
    }
  }

  @Test("A socket map accepts a socket of another process", arguments: ["sockmap", "sockhash"])
  func sockets(type: String) throws {
    try withBPFFileSystem { directory in
      let (path, socket) = (directory.appending("sockets"), try FixtureDescriptor.listeningSocket())
      try create("--type \(type) --key-size 4 --value-size 8 --max-entries 2", at: path)
      try Tool.succeed("update \(path) key u32:1 value pid \(getpid()) fd \(socket.number)")
      let cookie = try socket.socketCookie
      #expect(try Tool.succeed("lookup \(path) key u32:1 --value-as u64").hasSuffix("value: \(cookie)\n"))
      let missing = try Tool.run(line: "update \(path) key u32:1 value pid \(getpid()) fd 999999")
      #expect(missing.status == 1 && missing.standardError.contains("descriptor 999999 of process"))
      let untyped = try Tool.run(line: "update \(path) key u32:1 value u64:1")
      #expect(untyped.status == 64 && untyped.standardError.contains("'value pid PID fd FD'"))
      withExtendedLifetime(socket) {}
    }
  }

  @Test("The keys of local storage maps are objects")
  func storages() throws {
    let btf = try FixtureDescriptor.btf()
    try withBPFFileSystem { directory in
      func create(_ type: String) throws -> String {
        let path = directory.appending(type).string
        let line =
          "create --type \(type) --key-size 4 --value-size 8 --flags no_prealloc --btf-fd 9"
          + " --btf-key-type \(FixtureBTF.int32) --btf-value-type \(FixtureBTF.uint64) --pin \(path)"
        let command = try Command.run(
          Tool.path, line.split(separator: " ").map(String.init), inheriting: [9: btf])
        #expect(command.status == 0, "\(command.standardError)")
        return path
      }
      let (cgroup, socket) = (try TemporaryCgroup(), try FixtureDescriptor.listeningSocket())
      for (type, key) in [
        ("task_storage", "pid \(getpid())"), ("inode_storage", "path /etc/passwd"),
        ("cgrp_storage", "path \(cgroup.path)"), ("sk_storage", "pid \(getpid()) fd \(socket.number)"),
      ] {
        let path = try create(type)
        #expect(try Tool.run(line: "lookup \(path) key \(key)").status == 2, "\(type)")
        try Tool.succeed("update \(path) key \(key) value u64:7")
        #expect(
          try Tool.succeed("lookup \(path) key \(key) --value-as u64").hasSuffix("value: 7\n"), "\(type)")
        let map = try MapHandle(pinnedAt: FilePath(path))
        if type == "task_storage" {
          let process = try FixtureDescriptor.pidfd()
          #expect(try map.lookup(process.bytes) == FieldType.hostOrder(UInt64(7)))
        }
        try Tool.succeed("delete \(path) key \(key)")
        #expect(try Tool.run(line: "lookup \(path) key \(key)").status == 2, "\(type)")
        let untyped = try Tool.run(line: "lookup \(path) key u32:1")
        #expect(untyped.status == 64 && untyped.standardError.contains("'key p"), "\(untyped.standardError)")
      }
      withExtendedLifetime(socket) {}
    }
  }
}
