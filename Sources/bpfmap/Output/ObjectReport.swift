//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The output of `bpfmap object show`.
struct ObjectReport {
  private let object: ObjectFile
  /// The names of the programs that are loaded.
  private let loaded: Set<String>

  init(_ object: ObjectFile) {
    self.object = object
    loaded = Set(object.programsToLoad().map(\.name))
  }

  /// The contents of the object as tables, without the relocations.
  var text: String {
    get throws {
      let types = object.types.map { ", \($0.count) types" } ?? ", no types"
      var parts = [
        "\(object.name): license \(object.license.isEmpty ? "none" : object.license)\(types)"
          + (object.programs.isEmpty ? ", no programs" : "")
          + (object.isByteSwapped ? ", in the other byte order" : "") + "\n"
      ]
      parts.append(try programs)
      parts += [maps, variables, externs]
      return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }
  }

  private var programs: String {
    get throws {
      var table = TextTable(columns: [
        ("PROGRAM", .left), ("TYPE", .left), ("ATTACHES TO", .left), ("SECTION", .left), ("INSNS", .right),
      ])
      for program in object.programs {
        let attachType = program.expectedAttachType.map { "\($0)" }
        let target = [attachType, program.attachTarget].compactMap { $0 }.joined(separator: " ")
        table.add(
          program.name + (loaded.contains(program.name) ? "" : " (not loaded)"), "\(program.type)",
          target.isEmpty ? "-" : target,
          program.sectionName, "\(try object.instructions(of: program.name).count)")
      }
      return object.programs.isEmpty ? "" : table.text
    }
  }

  private var maps: String {
    var table = TextTable(columns: [
      ("MAP", .left), ("TYPE", .left), ("KEY", .right), ("VALUE", .right), ("MAX", .right), ("FLAGS", .left),
      ("PINNED", .left),
    ])
    for map in object.maps {
      table.add(
        map.name, "\(map.type)", "\(map.keySize)", "\(map.valueSize)", "\(map.maxEntries)",
        map.flags.isEmpty ? "-" : "\(map.flags)", map.pinning == .none ? "-" : "\(map.pinning)")
    }
    return object.maps.isEmpty ? "" : table.text
  }

  private var variables: String {
    var table = TextTable(columns: [
      ("VARIABLE", .left), ("MAP", .left), ("OFFSET", .right), ("SIZE", .right), ("VALUE", .left),
    ])
    for variable in object.variables where !variable.isStatic {
      table.add(
        variable.name, variable.mapName, "\(variable.offset)", "\(variable.size)",
        value(of: variable).map { $0.count > 40 ? $0.prefix(37) + "..." : $0 } ?? "-")
    }
    return object.variables.contains { !$0.isStatic } ? table.text : ""
  }

  /// Returns a variable's initial value, formatted by its type.
  private func value(of variable: VariableDefinition) -> String? {
    guard let type = variable.type, let bytes = try? object.variableBytes(variable.name) else { return nil }
    return type.text(bytes)
  }

  private var externs: String {
    var table = TextTable(columns: [("EXTERN", .left), ("KIND", .left), ("", .left)])
    for extern in object.externs {
      table.add(extern.name, "\(extern.kind)", extern.isWeak ? "weak" : "")
    }
    return object.externs.isEmpty ? "" : table.text
  }
}

// MARK: - JSON

extension ObjectReport {
  func write(
    _ programs: [(ProgramDefinition, instructions: Int, [ObjectFile.Relocation])], to json: inout JSONWriter
  ) {
    json.object { json in
      json.member("name", object.name)
      json.member("license", object.license)
      json.key("byte_swapped")
      json.bool(object.isByteSwapped)
      json.member("types", object.types?.count)
      json.key("programs")
      json.array { json in for program in programs { write(program, to: &json) } }
      json.key("maps")
      json.array { json in for map in object.maps { write(map, to: &json) } }
      json.key("variables")
      json.array { json in for variable in object.variables { write(variable, to: &json) } }
      json.key("externs")
      json.array { json in
        for extern in object.externs {
          json.object { json in
            json.member("name", extern.name)
            json.member("kind", "\(extern.kind)")
            json.key("weak")
            json.bool(extern.isWeak)
          }
        }
      }
    }
  }

  private func write(
    _ program: (ProgramDefinition, instructions: Int, [ObjectFile.Relocation]), to json: inout JSONWriter
  ) {
    let (definition, instructions, relocations) = program
    json.object { json in
      json.member("name", definition.name)
      json.member("section", definition.sectionName)
      json.member("type", definition.type.description)
      json.member("attach_type", definition.expectedAttachType?.description)
      json.member("attach_target", definition.attachTarget)
      json.key("loaded")
      json.bool(loaded.contains(definition.name))
      json.key("sleepable")
      json.bool(definition.isSleepable)
      json.member("instructions", instructions)
      json.key("relocations")
      json.array { json in
        for relocation in relocations {
          json.object { json in
            json.member("instruction", relocation.instruction)
            json.member("for", relocation.description)
          }
        }
      }
    }
  }

  private func write(_ map: MapDefinition, to json: inout JSONWriter) {
    json.object { json in
      json.member("name", map.name)
      json.member("type", map.type.description)
      json.member("key_size", map.keySize)
      json.member("value_size", map.valueSize)
      json.member("max_entries", map.maxEntries)
      json.member("flags", map.flags.rawValue)
      json.member("map_extra", map.extra)
      json.key("pinned_by_name")
      json.bool(map.pinning == .byName)
      json.member("pinning", map.pinning.rawValue)
      json.member("inner_map", map.innerMap?.type.description)
    }
  }

  private func write(_ variable: VariableDefinition, to json: inout JSONWriter) {
    json.object { json in
      json.member("name", variable.name)
      json.member("map", variable.mapName)
      json.member("offset", variable.offset)
      json.member("size", variable.size)
      json.member("type", variable.type?.name)
      json.key("static")
      json.bool(variable.isStatic)
      json.key("read_only")
      json.bool(variable.isReadOnly)
    }
  }
}
