//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BTF

/// Where the variables of a section are.
///
/// The compiler leaves that open in the object's types, for whoever links it: sizes of sections are 0, and so are the
/// offsets of variables that others may see. Before the types are given to the kernel they must be completed by this.
package struct DataSectionLayout: Sendable {
  /// The section, in the object's types.
  package let typeID: Int

  /// Its name.
  package let name: String

  /// Bytes of the section.
  package var byteCount: Int

  /// What is in it, ascending by offset.
  package var variables: [Variable]

  /// A variable in a section; of the sections of what the kernel defines, also a function.
  package struct Variable: Sendable {
    /// The variable, in the object's types.
    package let variable: BTFType
    /// Its name.
    package let name: String
    /// Bytes from the beginning of the section.
    package var byteOffset: Int
    /// Bytes it takes.
    package let byteCount: Int
    /// Who sees it. What is hidden is static to the kernel, so that it can be checked by its use.
    package let linkage: BTFType.Linkage
    /// Whether it is hidden.
    package let isHidden: Bool
    /// Whether another object may define it too.
    package let isWeak: Bool
  }
}
