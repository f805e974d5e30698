//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

/// The option that selects the types of displayed keys.
struct KeyTypesOption: ParsableArguments {
  @Option(
    name: .customLong("key-as"),
    help: ArgumentHelp("Show keys as these types, separated by commas.", valueName: "types"),
    completion: .list(FieldType.named.map(\.name)))
  var keyTypes: String?

  /// Returns the layout of a map's keys; nil if the option is not set.
  func layout(of map: MapHandle) throws(Failure) -> FieldLayout? {
    let keySize = map.keySize
    return try keyTypes.map { (text) throws(Failure) in
      try FieldLayout(text, filling: keySize, of: "the key of \(map)")
    }
  }
}

/// The options that select how elements are displayed.
struct DisplayOptions: ParsableArguments {
  @OptionGroup var keyTypes: KeyTypesOption

  @Option(
    name: .customLong("value-as"),
    help: ArgumentHelp("Show values as these types, like u64 or be16,pad,ipv4.", valueName: "types"),
    completion: .list(FieldType.named.map(\.name)))
  var valueTypes: String?

  @OptionGroup var raw: RawOption

  /// Returns the formatter for a map's elements.
  ///
  /// - Parameter types: The map's types; nil to read them.
  func elementText(of map: MapHandle, _ types: MapTypes? = nil, isJSON: Bool) throws -> ElementText {
    let (layouts, types) = try (layouts(of: map), shownTypes(of: map, types))
    return ElementText(
      try map.shape(), key: keyFormat(of: map, layouts.key, types?.key, isJSON: isJSON),
      value: FieldFormat(layout: layouts.value, type: types?.value), isJSON: isJSON)
  }

  /// Returns the formatter for changes of a map's elements.
  func changeText(of map: MapHandle, _ types: MapTypes?, isJSON: Bool) throws -> ChangeText {
    let (layouts, types) = try (layouts(of: map), shownTypes(of: map, types))
    return ChangeText(
      try map.shape(), key: keyFormat(of: map, layouts.key, types?.key, isJSON: isJSON),
      value: FieldFormat(layout: layouts.value, type: types?.value), valueType: types?.value, isJSON: isJSON,
      isColored: Terminal.usesColors)
  }

  private func keyFormat(
    of map: MapHandle, _ layout: FieldLayout?, _ type: BTFType?, isJSON: Bool
  ) -> FieldFormat {
    // In JSON, the members of an element depend on the options only, not on the map's type.
    isJSON
      ? FieldFormat(layout: layout, type: type)
      : FieldFormat(keysOf: map, layout: layout, type: type, isRaw: raw.isRaw)
  }

  private func layouts(of map: MapHandle) throws(Failure) -> (key: FieldLayout?, value: FieldLayout?) {
    let valueSize = map.valueSize
    return (
      try keyTypes.layout(of: map),
      try valueTypes.map { (text) throws(Failure) in
        try FieldLayout(text, filling: valueSize, of: "the value of \(map)")
      }
    )
  }

  private func shownTypes(of map: MapHandle, _ types: MapTypes?) -> MapTypes? {
    raw.isRaw ? nil : types ?? MapTypes(of: map)
  }
}

extension Output {
  /// Writes one element as a line of text or JSON.
  mutating func element(_ text: ElementText, key: [UInt8], value: [UInt8], isJSON: Bool) throws(OutputFailure)
  {
    try write(text.text(key: key, value: value))
    if isJSON { try write("\n") }
  }

  /// Writes the result of a command that returns no data: null in JSON, as bpftool does, and nothing in text.
  ///
  /// - Parameter effect: A description of the change, which is reported if the result cannot be written.
  mutating func done(_ effect: @autoclosure () -> String, isJSON: Bool) throws(OutputFailure) {
    guard isJSON else { return }
    self.effect = effect()
    try write("null\n")
  }
}
