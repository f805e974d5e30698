//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import bpfmap

@Suite("Change lines")
struct ChangeTextTests {
  private static let round = RoundTime(WallTime(milliseconds: 1_764_119_566_104), sinceLast: .seconds(2))

  /// Returns a line, with the time replaced by `T`.
  private func line(
    _ text: ChangeText, _ change: Change, key: [UInt8] = [1], value: [UInt8] = [], old: [UInt8] = []
  ) -> String {
    var (text, output) = (text, [UInt8]())
    text.append(change, key: key.span, value: value.span, old: old.span, at: Self.round, to: &output)
    return String(decoding: output, as: UTF8.self).replacing(Self.round.timeOfDay, with: "T")
  }

  private func text(
    valueSize: Int, as types: String? = nil, cpus: [Int]? = nil, isJSON: Bool = false,
    isColored: Bool = false
  ) throws -> ChangeText {
    ChangeText(
      .init(keySize: 1, valueSize: valueSize, cpus: cpus),
      value: FieldFormat(layout: try types.map { try FieldLayout($0, filling: valueSize, of: "the value") }),
      isJSON: isJSON, isColored: isColored)
  }

  @Test("Formats added, changed and removed elements, as bytes and as numbers")
  func lines() throws {
    let bytes = try text(valueSize: 2)
    #expect(line(bytes, .initial, value: [7, 8]) == "= T  key: 01  value: 07 08\n")
    #expect(line(bytes, .changed, value: [7, 8], old: [7, 0]) == "~ T  key: 01  value: 07 00 → 07 08\n")
    #expect(line(bytes, .removed, old: [7, 0]) == "- T  key: 01  value: 07 00\n")
    let number = try text(valueSize: 1, as: "u8")
    #expect(line(number, .added, value: [7]) == "+ T  key: 01  value: 7\n")
    #expect(line(number, .changed, value: [12], old: [7]) == "~ T  key: 01  value: 7 → 12  +5 (2.5/s)\n")
    #expect(line(number, .changed, value: [7], old: [12]) == "~ T  key: 01  value: 12 → 7  -5 (-2.5/s)\n")
    let fields = try text(valueSize: 3, as: "u8,str1,u8")
    #expect(
      line(fields, .changed, value: [3, 97, 9], old: [1, 97, 9])
        == "~ T  key: 01  value: 1 a 9 → 3 a 9  field 1 +2 (1/s)\n")
    let colored = try text(valueSize: 1, isColored: true)
    #expect(line(colored, .removed, old: [7]) == "\u{1b}[31m-\u{1b}[0m T  key: 01  value: 07\n")
  }

  @Test("Formats per-CPU numbers as a sum, and other per-CPU values if they changed")
  func perCPU() throws {
    let (old, new): ([UInt8], [UInt8]) = (
      [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
    )
    let sum = try text(valueSize: 1, as: "u8", cpus: [0, 2])
    #expect(line(sum, .changed, value: new, old: old) == "~ T  key: 01  sum: 3 → 7  +4 (2/s)\n")
    #expect(line(sum, .removed, old: new) == "- T  key: 01  sum: 7\n")
    let bytes = try text(valueSize: 1, cpus: [0, 2])
    #expect(line(bytes, .changed, value: new, old: old) == "~ T  key: 01  cpu 2: 02 → 06\n")
    #expect(line(bytes, .added, value: new) == "+ T  key: 01  cpu 0: 01  cpu 2: 06\n")
  }

  @Test("JSON always has all members")
  func json() throws {
    let json = try text(valueSize: 1, as: "u8", isJSON: true)
    let time = "{\"time\":1764119566.104,\"change\":"
    #expect(
      line(json, .changed, value: [12], old: [7])
        == time + #""changed","key":["0x01"],"value":["0x0c"],"old":["0x07"],"#
        + #""decoded":{"key":["0x01"],"value":12,"old":7},"difference":5,"rate":2.5}"# + "\n")
    #expect(
      line(json, .added, value: [12])
        == time + #""added","key":["0x01"],"value":["0x0c"],"old":null,"#
        + #""decoded":{"key":["0x01"],"value":12,"old":null},"difference":null,"rate":null}"# + "\n")
    let fields = try text(valueSize: 2, as: "u8,i8", isJSON: true)
    let change = try JSON(parsing: line(fields, .changed, value: [12, 5], old: [12, 8]))
    #expect(change["difference"] == .object(["field 2": .integer(-3)]))
    #expect(change["rate"]["field 2"] == .number(-1.5))
    let bytes = try JSON(parsing: line(try text(valueSize: 1, isJSON: true), .removed, old: [7]))
    #expect(bytes["value"] == .null && bytes["old"].bytes == [7] && bytes["difference"] == .null)
    let perCPU = try text(valueSize: 1, as: "u8", cpus: [0, 2], isJSON: true)
    let old: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]
    let gone = try JSON(parsing: line(perCPU, .removed, old: old))
    #expect(gone["values"] == .null && gone["old"][1]["cpu"] == .integer(2))
    #expect(gone["old"][1]["value"].bytes == [2] && gone["decoded"]["old"][1]["value"] == .integer(2))
  }
}
