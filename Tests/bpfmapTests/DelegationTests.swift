//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import KernelFixtures
import SystemPackage
import Testing

/// Tests tokens in a user namespace whose root has no capability in the initial one, as in a container.
@Suite("Delegation to a user namespace", .bpftool, .kernel(since: "6.9"))
struct DelegationTests {
  private static let variable = "LIBBPF_BPF_TOKEN_PATH"
  private let bpftool = Bpftool.path ?? "bpftool"

  private static func create(type: String, pin: FilePath) -> [String] {
    let sizes = ["--key-size", "4", "--value-size", "8", "--max-entries", "1"]
    return ["create", "--type", type] + sizes + ["--pin", pin.string]
  }

  /// Compiles an object with a hash map and a program that counts in it.
  private static func object(in directory: FilePath) throws -> String {
    let path = directory.appending("counter.bpf.o").string
    try Toolchain.compile(
      """
      struct { int (*type)[1]; int *key; long *value; int (*max_entries)[8]; } hits
        __attribute__((section(".maps"), used));
      static void *(*const lookup)(void *, const void *) = (void *)1;
      __attribute__((section("socket"), used)) int count(void *context) {
        int key = 0;
        long *value = lookup(&hits, &key);
        if (value) __sync_fetch_and_add(value, 1);
        return 0;
      }
      char _license[] __attribute__((section("license"), used)) = "GPL";
      """, to: FilePath(path))
    return path
  }

  @Test("The variable names the file system, and an empty one disables tokens")
  func variable() throws {
    try withTemporaryDirectory { directory in
      let namespace = try DelegatedNamespace(mountingAt: directory, commands: "map_create", maps: "hash")
      let words = Self.create(type: "hash", pin: directory.appending("map"))
      let path = [Self.variable: directory.string]

      let without = try namespace.run(Tool.path, words)
      #expect(without.status == 1)
      #expect(without.standardError.contains("needs CAP_BPF in the initial user namespace"))
      #expect(without.standardError.contains("a BPF token can delegate it"), "\(without.standardError)")
      let empty = try namespace.run(Tool.path, words, environment: [Self.variable: ""])
      #expect(empty.status == 1 && empty.standardError == without.standardError)
      let wrong = try namespace.run(Tool.path, words, environment: [Self.variable: "/proc"])
      #expect(wrong.status == 1 && wrong.standardError.contains("\(Self.variable) names this path"))

      let created = try namespace.run(Tool.path, words, environment: path)
      #expect(created.status == 0, "\(created.standardError)")
      let pin = directory.appending("map").string
      let shown = try namespace.run(bpftool, ["map", "lookup", "pinned", pin, "key", "0", "0", "0", "0"])
      #expect(shown.standardOutput.contains("Not found"), "\(shown.standardOutput)\(shown.standardError)")

      let array = Self.create(type: "array", pin: directory.appending("array"))
      let refused = try namespace.run(Tool.path, array, environment: path)
      #expect(refused.status == 1)
      #expect(
        refused.standardError.contains("the token does not delegate creating array maps")
          && refused.standardError.contains("without delegate_maps=array;"), "\(refused.standardError)")
    }
  }

  @Test("The standard path is used without the variable")
  func standardPath() throws {
    let namespace = try DelegatedNamespace(
      mountingAt: "/sys/fs/bpf", commands: "map_create", maps: "lru_hash")
    let created = try namespace.run(Tool.path, Self.create(type: "lru_hash", pin: "/sys/fs/bpf/map"))
    #expect(created.status == 0, "\(created.standardError)")
    let disabled = try namespace.run(
      Tool.path, Self.create(type: "lru_hash", pin: "/sys/fs/bpf/map2"), environment: [Self.variable: ""])
    #expect(disabled.status == 1)
  }

  @Test("An object loads with all delegations, and the error names the missing one")
  func objects() throws {
    try withTemporaryDirectory { files in
      let object = try Self.object(in: files)
      let all = ["map_create:btf_load:prog_load", "hash", "socket_filter", "cgroup_inet_ingress"]
      let lacking: [(index: Int, value: String?, text: String)] = [
        (0, "map_create:prog_load", "without delegate_cmds=btf_load;"),
        (0, "btf_load:prog_load", "without delegate_cmds=map_create;"),
        (0, "map_create:btf_load", "without delegate_cmds=prog_load;"),
        (1, nil, "without delegate_maps=hash;"), (2, "xdp", "without delegate_progs=socket_filter;"),
        (3, nil, "without delegate_attachs=cgroup_inet_ingress;"), (1, "hash", ""),
      ]
      for (index, value, text) in lacking {
        var options: [String?] = all
        options[index] = value
        try withTemporaryDirectory { directory in
          let namespace = try DelegatedNamespace(
            mountingAt: directory, commands: options[0], maps: options[1], programs: options[2],
            attachments: options[3])
          let loaded = try namespace.run(
            Tool.path, ["object", "load", object, "--pin", directory.appending("all").string],
            environment: [Self.variable: directory.string])
          #expect(loaded.status == (text.isEmpty ? 0 : 1), "\(text): \(loaded.standardError)")
          #expect(loaded.standardError.contains(text) || text.isEmpty, "\(text): \(loaded.standardError)")
          guard text.isEmpty else { return }
          let pin = directory.appending("all/count").string
          let shown = try namespace.run(bpftool, ["prog", "show", "pinned", pin])
          #expect(shown.standardOutput.contains("socket_filter  name count"), "\(shown.standardError)")
        }
      }
    }
  }

  @Test("A file system without delegation, and missing capabilities, are explained")
  func refusals() throws {
    try withTemporaryDirectory { directory in
      let nothing = try DelegatedNamespace(mountingAt: directory, commands: nil)
      let words = Self.create(type: "hash", pin: directory.appending("map"))
      let environment = [Self.variable: directory.string]
      let undelegated = try nothing.run(Tool.path, words, environment: environment)
      #expect(
        undelegated.status == 1
          && undelegated.standardError.contains("this BPF file system delegates nothing"),
        "\(undelegated.standardError)")
    }
    try withTemporaryDirectory { directory in
      let namespace = try DelegatedNamespace(mountingAt: directory, commands: "map_create", maps: "hash")
      let words = Self.create(type: "hash", pin: directory.appending("map"))
      let drop = ["--bounding-set=-all", "--inh-caps=-all", Tool.path]
      let powerless = try namespace.run(
        "setpriv", drop + words, environment: [Self.variable: directory.string])
      #expect(
        powerless.status == 1 && powerless.standardError.contains("needs CAP_BPF in its user namespace"),
        "\(powerless.standardError)")
    }
  }
}
