//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import BTF

extension MapHandle {
  /// The types of a map's keys and values, from the BTF of the program that declares the map.
  public struct ElementTypes: Sendable {
    /// The key's type; nil if the BTF has none, such as for arrays created without one.
    public var key: BTFType?
    /// The value's type, for per-CPU maps of one CPU's value; nil if the BTF has none.
    public var value: BTFType?
  }

  /// Returns the types of the map's keys and values. The value type of a struct_ops map comes from the BTF of the
  /// kernel or of a module.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD`; if the map has BTF, `BPF_BTF_GET_FD_BY_ID`, `BPF_OBJ_GET_INFO_BY_FD`
  /// twice, close(2); for struct_ops maps also those of `BTFTypes.vmlinux()`. Linux 4.18. Capability: `CAP_SYS_ADMIN`
  /// if the map has BTF.
  ///
  /// - Returns: the types, or nil if the map has no BTF.
  /// - Throws: `BPFError`; `.permissionDenied` if the caller may not read BTF, `.malformed` if this library cannot
  ///   parse it.
  public func elementTypes() throws(BPFError) -> ElementTypes? {
    let info = try info()
    if info.btfVmlinuxValueTypeID != 0 {
      let types = try MapHandle.kernelTypes(info.btfVmlinuxID)
      return types[Int(info.btfVmlinuxValueTypeID)].map { ElementTypes(key: nil, value: $0) }
    }
    guard info.btfID != 0 else { return nil }
    let types = try BTFTypes(id: info.btfID)
    func type(_ id: UInt32) -> BTFType? { id == 0 ? nil : types[Int(id)] }
    let elements = ElementTypes(key: type(info.btfKeyTypeID), value: type(info.btfValueTypeID))
    return elements.key == nil && elements.value == nil ? nil : elements
  }

  /// Returns the types of the kernel or of a module by BTF object id. An id of 0 comes from kernels that do not report
  /// it; those have no struct_ops in modules.
  private static func kernelTypes(_ id: UInt32) throws(BPFError) -> BTFTypes {
    guard id != 0 else { return try BTFTypes.vmlinux() }
    let handle = try BTFHandle(id: id)
    return handle.name == "vmlinux" ? try BTFTypes.vmlinux() : try handle.types()
  }
}
