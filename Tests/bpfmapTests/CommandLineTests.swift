//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

@testable import bpfmap

@Suite("Command-line arguments")
struct CommandLineTests {
  // MARK: - Maps

  @Test("Parses the three forms of a map selector")
  func selectors() throws {
    #expect(try MapSelector(keyword: "id", operand: "12") == .id(12))
    #expect(try MapSelector(keyword: "id", operand: "0x10") == .id(16))
    #expect(try MapSelector(keyword: "name", operand: "hits") == .name("hits"))
    #expect(try MapSelector(keyword: "pinned", operand: "/a b") == .pinned("/a b"))
    #expect(try MapSelector(option: "id 12") == .id(12))
    #expect(try MapSelector(option: "pinned:/sys/fs/bpf/x") == .pinned("/sys/fs/bpf/x"))
    #expect(try MapSelector(option: "pinned /a b:c") == .pinned("/a b:c"))
  }

  @Test(
    "Rejects arguments that do not select a map",
    arguments: [
      "", "id", "name", "pinned", "foo bar", "id x", "id -1", "id 012", "id 4294967296", "ID 12",
      "012", "4294967296", "key", "value u8:1", "nmae hits",
    ])
  func invalidSelectors(text: String) {
    let failure = #expect(throws: Failure.self) {
      try ElementArguments(text.split(separator: " ").map(String.init), key: .forbidden, value: .forbidden)
    }
    #expect(failure?.exitStatus == .usage)
    #expect(throws: Failure.self) { try MapSelector(option: text) }
  }

  @Test("Parses a map selector without a keyword")
  func bareSelectors() throws {
    for (word, map) in [
      ("12", MapSelector.id(12)), ("hits", .name("hits")), ("runqlat.bss", .name("runqlat.bss")),
      ("/sys/fs/bpf/x", .pinned("/sys/fs/bpf/x")), ("./x", .pinned("./x")), ("0x10", .name("0x10")),
    ] {
      #expect(try Self.words(word).map == map)
      #expect(try Self.words(word + " key u8:1").map == map)
      #expect(try MapSelector(option: word) == map)
    }
    #expect(try MapSelector(option: "/a b:c") == .pinned("/a b:c"))
    // Before `key` or a path, the word is not a misspelled keyword.
    #expect(try Self.words("nam key u8:1").map == .name("nam"))
    let failure = #expect(throws: Failure.self) { try Self.words("nmae hits") }
    #expect(failure?.message.contains("did you mean 'name'?") == true)
  }

  @Test("Rejects empty operands")
  func emptyOperands() {
    #expect(throws: Failure.self) { try MapSelector(keyword: "name", operand: "") }
    #expect(throws: Failure.self) { try MapSelector(keyword: "pinned", operand: "") }
  }

  // MARK: - Keys and values

  static func words(
    _ text: String, key: ElementArguments.Part = .optional, value: ElementArguments.Part = .optional
  ) throws -> ElementArguments {
    try ElementArguments(text.split(separator: " ").map(String.init), key: key, value: value)
  }

  @Test("Parses a key and a value")
  func sections() throws {
    let words = try Self.words("id 12 key 1 2 value u8:3")
    #expect(words.map == .id(12))
    #expect(words.key == .data(try Datum(["1", "2"])))
    #expect(words.value == .data(try Datum(["u8:3"])))
    #expect(try Self.words("id 12").key == nil)
    #expect(try Self.words("name key key 1").map == .name("key"))
  }

  @Test("Parses values for each CPU, and a map as a value")
  func values() throws {
    #expect(
      try Self.words("id 1 value cpu0 1 2 cpu3 hex 10").value
        == .perCPU([0: Datum(["1", "2"]), 3: Datum(["hex", "10"])]))
    #expect(try Self.words("id 1 key 1 value pinned /x").value == .object(.pinnable(.pinned("/x"))))
  }

  @Test("Parses objects as keys and values")
  func objects() throws {
    #expect(try Self.words("id 1 key u8:1 value id 5").value == .object(.pinnable(.id(5))))
    #expect(try Self.words("id 1 key u8:1 value path /a").value == .object(.path("/a")))
    #expect(try Self.words("id 1 key u8:1 value fd 3").value == .object(.descriptor(3, ofProcess: nil)))
    #expect(try Self.words("id 1 key pid 7").key == .object(.process(7)))
    #expect(
      try Self.words("id 1 key pid 7 fd 3 value u8:1").key == .object(.descriptor(3, ofProcess: 7)))
    for text in ["path", "pid", "pid x", "pid -1", "pid 1 fd", "fd 1 2", "path /a b", "fd 4294967296"] {
      #expect(throws: Failure.self, "\(text)") { try Self.words("id 1 key u8:1 value \(text)") }
      #expect(throws: Failure.self, "\(text)") { try Self.words("id 1 key \(text)") }
    }
  }

  @Test(
    "Rejects arguments in the wrong position",
    arguments: [
      "id 1 foo", "id 1 key", "id 1 key value 1", "id 1 key 1 value", "id 1 value 1 key 1",
      "id 1 key 1 key 2",
      "id 1 value cpu0", "id 1 value cpu0 1 cpu0 1", "id 1 value 1 cpu0 1", "id 1 value id 2 3",
      "id 1 value id",
      "id 1 value cpu0 cpu1 1",
    ])
  func misplaced(text: String) {
    #expect(throws: Failure.self) { try Self.words(text) }
  }

  @Test("Rejects missing and unexpected keys and values")
  func parts() throws {
    #expect(throws: Failure.self) { try Self.words("id 1", key: .required) }
    #expect(throws: Failure.self) { try Self.words("id 1 key 1", key: .forbidden) }
    #expect(throws: Failure.self) { try Self.words("id 1 key 1", value: .required) }
    #expect(throws: Failure.self) { try Self.words("id 1 key 1 value 1", value: .forbidden) }
    let failure = #expect(throws: Failure.self) { try Self.words("id 1 key zz") }
    #expect(failure?.message.hasPrefix("key: ") == true)
  }

  @Test("Accepts a key or value as an option, but not twice")
  func typedOptions() throws {
    let words = try ElementArguments(
      ["id", "1"], key: .required, value: .required, keyJSON: "1", valueJSON: #"{"a":2}"#)
    #expect(words.key == .json("1") && words.value == .json(#"{"a":2}"#) && words.needTypes)
    let mixed = try ElementArguments(
      ["id", "1", "key", "u8:1"], key: .required, value: .required, valueJSON: "2")
    #expect(mixed.key == .data(try Datum(["u8:1"])) && mixed.value == .json("2") && mixed.needTypes)
    #expect(try !Self.words("id 1 key 1 value 2").needTypes)
    for text in ["id 1 key 1", "id 1 value 1"] {
      let words = text.split(separator: " ").map(String.init)
      let failure = #expect(throws: Failure.self) {
        try ElementArguments(words, key: .optional, value: .optional, keyJSON: "1", valueJSON: "1")
      }
      #expect(failure?.exitStatus == .usage && failure?.message.contains("given twice") == true)
    }
    let missing = #expect(throws: Failure.self) { try Self.words("id 1", key: .required) }
    #expect(missing?.message.contains("--key") == true)
  }

  // MARK: - Flags and options

  @Test("Parses flags by the kernel's names, short names, and numbers")
  func flags() throws {
    #expect(try CreateFlagNames.parse("no_prealloc,rdonly_prog") == [.noPrealloc, .readOnlyProgram])
    #expect(try CreateFlagNames.parse("BPF_F_NO_PREALLOC|bpf_f_mmapable") == [.noPrealloc, .mmapable])
    #expect(try CreateFlagNames.parse("0x81").rawValue == 0x81)
    #expect(try CreateFlagNames.parse("") == [])
    #expect(throws: Failure.self) { try CreateFlagNames.parse("no_such") }
    #expect(throws: Failure.self) { try CreateFlagNames.parse("4294967296") }
    #expect(CreateFlagNames.text([.noPrealloc, .readOnlyProgram]) == "no_prealloc,rdonly_prog")
    #expect(CreateFlagNames.text(MapCreateFlags(rawValue: 1 << 31 | 1)) == "no_prealloc,0x80000000")
    for (name, flag) in MapCreateFlags.named {
      #expect(try CreateFlagNames.parse(CreateFlagNames.text(flag)) == flag, "\(name)")
    }
  }

  @Test("Accepts --json before and after the command")
  func jsonOption() {
    #expect(FormatOptions.afterCommand(["--json", "list"]) == ["list", "--json"])
    #expect(FormatOptions.afterCommand(["-j", "show", "id", "1"]) == ["show", "-j", "id", "1"])
    #expect(FormatOptions.afterCommand(["show", "id", "1"]) == ["show", "id", "1"])
    #expect(FormatOptions.afterCommand(["--json"]) == ["--json"])
    #expect(FormatOptions.wantsJSON(["show", "-j"]))
    #expect(!FormatOptions.wantsJSON(["show", "json"]))
  }
}
