//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import BTF

extension MapHandle {
  /// The types of a map's keys and values, as its program was compiled with them.
  public struct ElementTypes: Sendable {
    /// The key's type; nil if it is not told, as for arrays made without one.
    public var key: BTFType?
    /// The value's type, of per-CPU maps that of one CPU's value; nil if it is not told.
    public var value: BTFType?
  }

  /// The types of the map's keys and values. The value of struct operations is of a type of the kernel's own, or of a
  /// module's.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD`, and where the map has BTF `BPF_BTF_GET_FD_BY_ID`,
  /// `BPF_OBJ_GET_INFO_BY_FD` twice, close(2); for struct operations those of `BTFTypes.vmlinux()` too. Linux 4.18.
  /// Capability: `CAP_SYS_ADMIN` where the map has BTF.
  ///
  /// - Returns: the types, or nil if the map has no BTF.
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not read BTF,
  ///   `BPFError.Code.malformed` if this library cannot read what the kernel has.
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

  /// The types of the kernel or of a module, by the id of the object; 0 where the kernel does not tell, and has no
  /// interfaces in modules.
  private static func kernelTypes(_ id: UInt32) throws(BPFError) -> BTFTypes {
    guard id != 0 else { return try BTFTypes.vmlinux() }
    let handle = try BTFHandle(id: id)
    return handle.name == "vmlinux" ? try BTFTypes.vmlinux() : try handle.types()
  }
}
