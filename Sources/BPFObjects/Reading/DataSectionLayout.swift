//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BTF

/// The layout of a data section.
///
/// The compiler leaves section sizes and the offsets of global variables as 0 in BTF. This layout completes them
/// before the types are loaded.
package struct DataSectionLayout: Sendable {
  /// The id of the section in the object's BTF.
  package let typeID: Int

  /// Its name.
  package let name: String

  /// The size of the section in bytes.
  package var byteCount: Int

  /// Its variables, ascending by offset.
  package var variables: [Variable]

  /// A variable in a section; in `.ksyms` also a function.
  package struct Variable: Sendable {
    /// The variable in the object's BTF.
    package let variable: BTFType
    /// Its name.
    package let name: String
    /// The offset in the section, in bytes.
    package var byteOffset: Int
    /// The size in bytes.
    package let byteCount: Int
    /// The linkage in BTF. Hidden variables become static when the types are loaded.
    package let linkage: BTFType.Linkage
    /// Whether it is hidden.
    package let isHidden: Bool
    /// Whether the definition is weak.
    package let isWeak: Bool
  }
}
