//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import KernelFixtures
import Testing

/// Compares all types of the running kernel with bpftool's output.
@Suite("Kernel types", .serialized)
struct KernelTypesTests {
  static let kernel = Result { try BTFTypes.vmlinux() }

  @Test("Every type of the kernel matches bpftool's output", .bpftool)
  func raw() throws {
    let kernel = try Self.kernel.get()
    let expected = try Bpftool.text("btf", "dump", "file", "/sys/kernel/btf/vmlinux")
    var lines = expected.utf8.split(separator: UInt8(ascii: "\n")).makeIterator()
    var differences = 0
    for id in 1..<kernel.endID {
      for line in try #require(kernel[id]).rawLines {
        let theirs = lines.next().map { String(decoding: $0, as: UTF8.self) }
        guard theirs != line else { continue }
        differences += 1
        if differences < 5 { Issue.record("type \(id): '\(line)' is '\(theirs ?? "")' to bpftool") }
      }
    }
    #expect(differences == 0)
    #expect(lines.next() == nil)
    #expect(kernel.count > 50_000)
  }

  @Test("The types are a collection, in order of their ids")
  func collection() throws {
    let kernel = try Self.kernel.get()
    #expect(Array(kernel.indices.prefix(3).map(\.id)) == [1, 2, 3])
    #expect(kernel.lazy.map(\.id).elementsEqual(1..<kernel.endID) && kernel.last?.id == kernel.endID - 1)
    let task = try #require(kernel.first { $0.kind == .structure && $0.name == "task_struct" })
    #expect(task.id == kernel.find(.structure, named: "task_struct")?.id)
    let index = kernel.index(kernel.startIndex, offsetBy: task.id - 1)
    #expect(kernel[index].name == "task_struct" && index.id == task.id)
    #expect(kernel.distance(from: kernel.startIndex, to: kernel.endIndex) == kernel.count)
    #expect(kernel.index(before: kernel.index(after: index)) == index)
    // By id, without void.
    #expect(kernel[task.id]?.name == "task_struct" && kernel[0]?.kind == .void)
  }

  @Test("Types are found by name and kind")
  func find() throws {
    let kernel = try Self.kernel.get()
    let task = try #require(kernel.find(.structure, named: "task_struct"))
    #expect(task.name == "task_struct" && task.kind == .structure && task.members.count > 100)
    #expect(kernel.find(.union, named: "task_struct") == nil)
    #expect(kernel.find(.structure, named: "no_such_thing") == nil)
    #expect(kernel.find(.structure, named: "") == nil)
    #expect(kernel.find(.structure, named: "task_struct\0") == nil)
    #expect(kernel.find(.int, named: "int")?.byteCount == 4)
    // The suffix of other names, and a name itself.
    #expect(kernel.find(.typedef, named: "u8")?.unmodified?.byteCount == 1)
    #expect(kernel.all(named: "task_struct").map(\.id) == [task.id])
  }

  @Test(
    "Each type is found at the position of a linear search", .serialized,
    arguments: [false, true])
  func index(backwards: Bool) throws {
    // An object without an index yet.
    let kernel = try BTFTypes.vmlinux()
    struct Key: Hashable { let kind: BTFKind, name: String }
    var firsts: [Key: Int] = [:]
    var all: [String: [Int]] = [:]
    for id in 1..<kernel.endID {
      guard let type = kernel[id], !type.name.isEmpty else { continue }
      let name = type.name
      if firsts[Key(kind: type.kind, name: name)] == nil { firsts[Key(kind: type.kind, name: name)] = id }
      all[name, default: []].append(id)
    }
    // A sample, since all would take long without optimization.
    let order = firsts.filter { $0.value % 7 == 1 }.sorted { ($0.value < $1.value) != backwards }
    let wrong = order.filter { kernel.find($0.key.kind, named: $0.key.name)?.id != $0.value }
    #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    #expect(
      all.filter { $0.value[0] % 7 == 1 }.filter { kernel.all(named: $0.key).map(\.id) != $0.value }.isEmpty)
    #expect(order.count > 5000)
  }

  @Test("Many tasks can search one object")
  func concurrently() async throws {
    let kernel = try BTFTypes.vmlinux()
    let names = ["task_struct", "file", "sk_buff", "list_head", "no_such_structure", "bpf_map"]
    let expected = try names.map { name throws in try Self.kernel.get().find(.structure, named: name)?.id }
    await withTaskGroup(of: [Int?].self) { group in
      for _ in 0..<8 { group.addTask { names.map { kernel.find(.structure, named: $0)?.id } } }
      for await found in group { #expect(found == expected) }
    }
  }

  @Test("The kernel's types are equal when read and when mapped")
  func mapped() throws {
    let read = try BTFTypes(contentsOf: "/sys/kernel/btf/vmlinux")
    #expect(try read.encoded() == Self.kernel.get().encoded())
  }

  @Test("Sizes and alignments match C")
  func layout() throws {
    let kernel = try Self.kernel.get()
    for (name, size, alignment) in [
      ("list_head", 16, 8), ("bpf_spin_lock", 4, 4), ("ethhdr", 14, 2), ("iphdr", 20, 4),
    ] {
      let type = try #require(kernel.find(.structure, named: name))
      #expect(type.byteCount == size, "\(name)")
      #expect(type.alignment == alignment, "\(name)")
    }
    #expect(kernel[0]?.byteCount == nil && kernel[0]?.name == "void")
    #expect(kernel[-1] == nil && kernel[kernel.endID] == nil)
    // A bit-field.
    let task = try #require(kernel.find(.structure, named: "task_struct"))
    let bit = try #require(task.members.first { $0.name == "sched_reset_on_fork" })
    #expect(bit.bitCount == 1 && bit.type.name == "unsigned int")
  }

  @Test("All kernel types have valid sizes and alignments")
  func all() throws {
    let kernel = try Self.kernel.get()
    var sized = 0
    for id in 1..<kernel.endID {
      let type = try #require(kernel[id])
      if let size = type.byteCount {
        sized += 1
        if type.kind != .dataSection, size > 0, let alignment = type.alignment {
          #expect(size % alignment == 0, "type \(id)")
        }
      }
    }
    #expect(sized > 10_000)
  }
}

extension BTFType {
  /// The output of `bpftool btf dump` for a type.
  var rawLines: [String] {
    let label = "[\(id)] \(rawKind) '\(name.isEmpty ? "(anon)" : name)'"
    let target = target?.id ?? 0
    switch kind {
    case .void: return []
    case .int:
      let integer = integer
      let encoding =
        integer?.isSigned == true
        ? "SIGNED" : integer?.isCharacter == true ? "CHAR" : integer?.isBoolean == true ? "BOOL" : "(none)"
      return [
        "\(label) size=\(byteCount ?? -1) bits_offset=\(integer?.bitOffset ?? -1) nr_bits=\(integer?.bitCount ?? -1) "
          + "encoding=\(encoding)"
      ]
    case .pointer, .const, .volatile, .restrict, .typedef, .typeTag: return ["\(label) type_id=\(target)"]
    case .array:
      return ["\(label) type_id=\(target) index_type_id=\(index?.id ?? -1) nr_elems=\(elementCount)"]
    case .structure, .union:
      return ["\(label) size=\(byteCount ?? -1) vlen=\(members.count)"]
        + members.map {
          "\t'\($0.name.isEmpty ? "(anon)" : $0.name)' type_id=\($0.type.id) bits_offset=\($0.bitOffset)"
            + ($0.bitCount.map { " bitfield_size=\($0)" } ?? "")
        }
    case .enumeration, .enumeration64:
      let suffix = kind == .enumeration64 ? (isSignedEnumeration ? "LL" : "ULL") : ""
      let encoding = isSignedEnumeration ? "SIGNED" : "UNSIGNED"
      return ["\(label) encoding=\(encoding) size=\(byteCount ?? -1) vlen=\(enumerators.count)"]
        + enumerators.map { "\t'\($0.name)' val=\($0.value)\(suffix)" }
    case .forward: return ["\(label) fwd_kind=\(isForwardOfUnion ? "union" : "struct")"]
    case .function: return ["\(label) type_id=\(target) linkage=\(rawLinkage)"]
    case .functionPrototype:
      return ["\(label) ret_type_id=\(target) vlen=\(parameters.count)"]
        + parameters.map { "\t'\($0.name.isEmpty ? "(anon)" : $0.name)' type_id=\($0.type.id)" }
    case .variable: return ["\(label) type_id=\(target), linkage=\(rawLinkage)"]
    case .dataSection:
      return ["\(label) size=\(byteCount ?? -1) vlen=\(sectionVariables.count)"]
        + sectionVariables.map {
          "\ttype_id=\($0.variable.id) offset=\($0.byteOffset) size=\($0.byteCount) (VAR '\($0.variable.name)')"
        }
    case .float: return ["\(label) size=\(byteCount ?? -1)"]
    case .declarationTag: return ["\(label) type_id=\(target) component_idx=\(componentIndex ?? -1)"]
    }
  }

  private var rawKind: String { kind.description.uppercased() }

  private var rawLinkage: String {
    switch linkage {
    case .static?: "static"
    case .global?: kind == .variable ? "global" : "global"
    case .external?: "extern"
    case nil: "?"
    }
  }
}
