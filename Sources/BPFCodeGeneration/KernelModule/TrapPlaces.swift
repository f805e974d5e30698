//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFObjects

/// The places where a module can trap, and its bitcode, in which each trap throws the number of its place.
///
/// LLVM's own trap has no argument, and LLVM merges the traps of a function. A trap that it makes itself throws 0.
package struct TrapPlaces {
  /// The places. Their numbers begin with 1; 0 is an unknown place.
  package private(set) var places: [ProgramTraps.Place] = []
  /// The bitcode as text.
  package private(set) var bitcode: String

  /// - Parameters:
  ///   - bitcode: the module's bitcode as text.
  ///   - module: the module's name, which begins the paths of its files.
  package init(bitcode text: String, module: String) {
    let information = BitcodeText(text, folder: module)
    var numbers: [ProgramTraps.Place: Int] = [:]
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where KernelToolchain.isTrap(line) {
      let node = BitcodeText.node(of: line)
      let trap = information.trap(ofNode: node)
      var number = 0
      if let place = trap.map({ TrapPlaces.place($0.location, $0.reason, module: module) }) {
        number = numbers[place] ?? places.count + 1
        if number > places.count { places.append(place) }
        numbers[place] = number
      }
      lines[index] = KernelToolchain.throwing(number, atNode: trap?.node ?? node)[...]
    }
    bitcode = lines.joined(separator: "\n") + KernelToolchain.throwDeclaration
  }

  private static func place(_ location: BitcodeText.Location, _ reason: String, module: String)
    -> ProgramTraps.Place
  {
    let isOwn = location.file.hasPrefix(module + "/")
    let file = isOwn ? String(location.file.dropFirst(module.count + 1)) : location.file
    return ProgramTraps.Place(file: file, line: location.line, reason: reason)
  }
}

extension BitcodeText {
  /// A trap in the module: where it is, the metadata node of that location, and what goes wrong.
  fileprivate struct Trap {
    var location: Location
    var node: Substring
    var reason: String
  }

  /// Returns the trap at a metadata node: in the module's own files, otherwise in those of a module that it imports. Nil
  /// without a location.
  fileprivate func trap(ofNode id: Substring) -> Trap? {
    let steps = locations(ofNode: id)
    guard
      let step = steps.first(where: { isOwn($0.location.file) })
        ?? steps.first(where: { !$0.location.file.hasPrefix("/") })
    else { return nil }
    return Trap(location: step.location, node: step.node, reason: reason(ofNode: id))
  }

  /// Returns what goes wrong: the innermost function is named after it.
  private func reason(ofNode id: Substring) -> String {
    guard let name = functionName(ofNode: id), let prefix = name.firstRange(of: "Swift runtime failure: ")
    else { return "trap" }
    let text = name[prefix.upperBound...]
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
