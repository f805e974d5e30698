//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import BTF

/// Random values of the kernel's types, written as JSON and read back; and random JSON.
@Suite("Value round trips")
struct ValueRoundTripTests {
  /// A value without the information that JSON loses: padding, the exact nonzero Boolean, and the exact NaN.
  ///
  /// Nil for a type with two members of one name, which JSON cannot distinguish.
  struct Canonical {
    var bytes: [UInt8]
    var told: [UInt8]
    /// The fields of `true` and `nan`.
    var loose: [(BTFType, Int)] = []

    init?(_ value: [UInt8], of type: BTFType) {
      bytes = value
      told = [UInt8](repeating: 0, count: value.count)
      guard visit(type, at: 0) else { return nil }
      // Fields that another member determines exactly stay.
      for index in bytes.indices { bytes[index] &= told[index] }
      for (type, offset) in loose {
        guard told[offset..<offset + (type.byteCount ?? 0)].allSatisfy({ $0 == 0 }) else { return nil }
        let usual: [UInt8] =
          switch type.byteCount {
          case 1: [1]
          case 4: Float.nan.bitPattern.bytes
          default: Double.nan.bitPattern.bytes
          }
        bytes.replaceSubrange(offset..<offset + usual.count, with: usual)
      }
    }

    private mutating func visit(_ type: BTFType, at offset: Int) -> Bool {
      let type = type.kind == .variable ? type.target ?? type : type
      guard let type = type.unmodified, let size = type.byteCount else { return false }
      let field = Array(bytes[offset..<offset + size])
      switch type.kind {
      case .structure, .union:
        var names: Set<String> = []
        return visit(membersOf: type, at: offset, &names)
      case .array:
        guard let element = type.target, let stride = element.byteCount else { return false }
        for index in 0..<(stride == 0 ? 0 : type.elementCount) {
          guard visit(element, at: offset + index * stride) else { return false }
        }
        return true
      case .int where type.integer?.isBoolean == true && size == 1:
        if field == [0] { break }
        loose.append((type, offset))
        return true
      case .float where size == 4 && Float(bitPattern: UInt32(field)).isNaN,
        .float where size == 8 && Double(bitPattern: UInt64(field)).isNaN:
        loose.append((type, offset))
        return true
      default: break
      }
      for index in 0..<size { told[offset + index] = 0xff }
      return true
    }

    private mutating func visit(membersOf type: BTFType, at offset: Int, _ names: inout Set<String>) -> Bool {
      for member in type.members {
        if let bitCount = member.bitCount {
          // Bits count from the least significant here.
          for bit in member.bitOffset..<member.bitOffset + bitCount {
            told[offset + bit / 8] |= 1 << UInt8(bit % 8)
          }
          if member.type.unmodified?.integer?.isBoolean == true, bitCount > 1 { return false }
          guard names.insert(member.name).inserted else { return false }
        } else if member.name.isEmpty, let inner = member.type.unmodified,
          [.structure, .union].contains(inner.kind)
        {
          guard visit(membersOf: inner, at: offset + member.byteOffset, &names) else { return false }
        } else {
          guard names.insert(member.name).inserted, visit(member.type, at: offset + member.byteOffset) else {
            return false
          }
        }
      }
      return true
    }
  }

  @Test("Random values of the kernel's types round-trip, with padding cleared", arguments: 0..<4)
  func kernel(seed: Int) throws {
    let kernel = try KernelTypesTests.kernel.get()
    var random = MalformedBTFTests.SplitMix(state: UInt64(seed) + 77)
    var (read, compared) = (0, 0)
    while read < 500 {
      let type = try #require(kernel[Int(random.next() % UInt64(kernel.count)) + 1])
      guard let size = type.byteCount, size < 2048, type.kind != .dataSection else { continue }
      let value = (0..<size).map { _ in random.next() % 3 == 0 ? UInt8(truncatingIfNeeded: random.next()) : 0
      }
      let json = type.json(value)
      let canonical = Canonical(value, of: type)
      do throws(BPFError) {
        let back = try type.bytes(json: json)
        #expect(type.json(back) == json, "type \(type.id) \(type.described)")
        if let canonical {
          #expect(back == canonical.bytes, "type \(type.id) \(type.described): \(json)")
          compared += 1
        }
      } catch {
        // Only two members of one name prevent a round trip.
        #expect(canonical == nil && error.explanation.contains("given twice"), "\(type.described): \(error)")
      }
      read += 1
    }
    #expect(compared > 450)
  }

  @Test("A map's value round-trips", .bpftool)
  func map() throws {
    try ValueFormatTests.withMap("odd_values") { map, type in
      var random = MalformedBTFTests.SplitMix(state: 3)
      for _ in 0..<200 {
        let value = (0..<map.valueSize).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let back = try type.bytes(json: type.json(value))
        #expect(back == Canonical(value, of: type)?.bytes)
        try map.update(UInt32(1).bytes, to: back)
        #expect(try type.json(map.lookup(UInt32(1).bytes) ?? []) == type.json(value))
      }
    }
  }

  @Test("Random text is read, or rejected with a reason", arguments: 0..<4)
  func anything(seed: Int) throws {
    var random = MalformedBTFTests.SplitMix(state: UInt64(seed) &* 77 &+ 5)
    let type = try ValueReaderTests.type("event")
    let good = Array(type.json((0..<96).map { UInt8($0) }).utf8)
    let alphabet = Array(#"{}[]",:\u0123456789-+.eEtruefalsn"#.utf8) + [0, 0xff, 0xc3, 0x20]
    for _ in 0..<2000 {
      var text = good
      for _ in 0...random.next() % 3 {
        let index = Int(random.next() % UInt64(text.count))
        let byte = alphabet[Int(random.next() % UInt64(alphabet.count))]
        switch random.next() % 4 {
        case 0: text.insert(byte, at: index)
        case 1: text.remove(at: index)
        case 2:
          text.replaceSubrange(
            index..<min(index + 20, text.count), with: text.suffix(Int(random.next() % 30)))
        default: text[index] = byte
        }
      }
      do throws(BPFError) {
        #expect(try type.bytes(json: String(decoding: text, as: UTF8.self)).count == 96)
      } catch {
        #expect(error.code == .malformed || error.code == .invalidArgument)
        #expect(!error.explanation.isEmpty && error.operation == .readValue)
      }
    }
  }

  @Test("Random types read values, or reject them with a reason", arguments: 0..<4)
  func anyType(seed: Int) throws {
    var random = MalformedBTFTests.SplitMix(state: UInt64(seed) &* 99 &+ 1)
    let good = try ValueReaderTests.builder.encoded()
    let json =
      #"{"pid":1,"low":-1,"high":1,"x":5,"bytes":[5],"comm":"x","wide":3,"f":1,"next":4,"color":"BLUE","":[1]}"#
    for _ in 0..<500 {
      var bytes = good
      for _ in 0...random.next() % 3 {
        bytes[24 + Int(random.next() % UInt64(bytes.count - 24))] = UInt8(
          truncatingIfNeeded: random.next() >> 9)
      }
      guard let types = try? BTFTypes(bytes) else { continue }
      for id in 1..<types.endID {
        guard let type = types[id], (type.byteCount ?? 0) < 1 << 16 else { continue }
        for text in [json, "1", "[[1]]", "\"0x1\"", "true", "[]"] { _ = try? type.bytes(json: text) }
      }
    }
  }
}

extension FixedWidthInteger {
  /// Creates a number from its bytes.
  fileprivate init(_ bytes: [UInt8]) { self = bytes.withUnsafeBytes { $0.loadUnaligned(as: Self.self) } }
}
