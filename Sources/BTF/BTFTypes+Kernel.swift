//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

extension BTFTypes {
  /// Returns the types of the running kernel, from /sys/kernel/btf/vmlinux.
  ///
  /// Since Linux 6.16 the types are mapped from kernel memory; before, they take a few megabytes. Keep the object
  /// rather than reading it again.
  ///
  /// System calls: open(2), lseek(2), mmap(2), close(2); before Linux 6.16 also read(2) a few times. Linux 5.4, built
  /// with `CONFIG_DEBUG_INFO_BTF`. No capability.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unavailable` if the kernel has no BTF, or /sys is not mounted.
  public static func vmlinux() throws(BPFError) -> BTFTypes {
    do throws(BPFError) {
      let path: FilePath = "/sys/kernel/btf/vmlinux"
      // If the kernel cannot map the file, read it. It never changes while the kernel runs.
      guard let mapping = mapping(path) else { return try BTFTypes(contentsOf: path) }
      return try BTFTypes(BTFBytes(mapping), base: nil)
    } catch {
      guard error.errno == .noSuchFileOrDirectory else { throw error }
      var error = error
      error.code = .unavailable
      error.explanation =
        FileSystem.sysfsAbsence ?? "this kernel was built without type information (CONFIG_DEBUG_INFO_BTF)"
      throw error
    }
  }

  private static func mapping(_ path: FilePath) -> BTFMapping? {
    guard let mapping = try? OwnedMapping(file: path) else { return nil }
    return BTFMapping(mapping)
  }

  /// Returns the types of a loaded kernel module, which extend those of the kernel.
  ///
  /// - Parameters:
  ///   - name: the module's name, as lsmod(8) shows it.
  ///   - base: the kernel's own types, ``vmlinux()``.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if there is no such module, or it has no BTF.
  public static func module(_ name: String, base: BTFTypes) throws(BPFError) -> BTFTypes {
    guard !name.isEmpty, !name.contains("/"), !name.contains("\0"), name != ".", name != ".." else {
      throw BPFError(.readBTF, .invalidName, "'\(name)' is not the name of a module")
    }
    return try BTFTypes(contentsOf: FilePath("/sys/kernel/btf/\(name)"), base: base)
  }

  /// Reads the BTF object with an id, which a map or program refers to.
  ///
  /// System calls: `BPF_BTF_GET_FD_BY_ID`, `BPF_OBJ_GET_INFO_BY_FD` twice, close(2); for a module's object also those
  /// of ``vmlinux()``, unless `base` is given. Linux 4.18. Capability: `CAP_SYS_ADMIN`.
  ///
  /// - Parameters:
  ///   - id: the kernel's id for the object, such as a map's `btfID`.
  ///   - base: the kernel's own types, for a module's object; read if needed.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if there is no such object, `BPFError.Code.permissionDenied`.
  public convenience init(id: UInt32, base: BTFTypes? = nil) throws(BPFError) {
    let information: BPFCommand.BTFInformation
    do throws(Errno) {
      let object = try BPFCommand.btfDescriptor(id: id)
      information = try BPFCommand.btfInformation(object.borrowed)
    } catch {
      throw BTFHandle.refusal(error, opening: id)
    }
    try self.init(information, base: base)
  }

  /// Creates the types from an object's information and bytes.
  convenience init(_ information: BPFCommand.BTFInformation, base: BTFTypes?) throws(BPFError) {
    // A module's types extend the kernel's.
    let isModule = information.isKernel && information.name != "vmlinux"
    var kernel = base
    if isModule, kernel == nil { kernel = try BTFTypes.vmlinux() }
    try self.init(information.bytes, base: isModule ? kernel : nil)
  }

  /// Reads a file that contains a BTF object.
  ///
  /// - Parameters:
  ///   - path: a file with nothing but the object; in ELF files, objects are in a section.
  ///   - base: for split BTF, the object that it extends.
  /// - Throws: `BPFError`; `BPFError.Code.notFound`, `BPFError.Code.malformed`.
  public convenience init(contentsOf path: FilePath, base: BTFTypes? = nil) throws(BPFError) {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try KernelFile.bytes(of: path)
    } catch {
      throw BPFError(
        .readBTF, error == .noSuchFileOrDirectory ? .notFound : error.unansweredCode, errno: error, path: path
      )
    }
    do throws(BPFError) {
      try self.init(bytes, base: base)
    } catch {
      var error = error
      error.path = path
      throw error
    }
  }
}
