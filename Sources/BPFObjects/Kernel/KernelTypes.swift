//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
package import BTF
internal import Synchronization

/// The types of the running kernel and its modules, for look-up by name.
///
/// vmlinux BTF is read once per process. Module BTF is read once per instance, on the first look-up of a name that
/// vmlinux lacks, since modules come and go.
package final class KernelTypes: Sendable {
  /// A type and the BTF object that contains it.
  package struct Found: Sendable {
    /// The type, in its BTF object.
    package let type: BTFType
    /// The handle that keeps the module's BTF object open; nil for vmlinux.
    package let module: BTFHandle?
  }

  private let modules: Mutex<Modules>

  /// Creates an instance that lists the kernel's modules on first use.
  package init() {
    modules = Mutex(Modules())
  }

  /// Creates an instance with the given modules.
  init(modules: [BTFHandle]) {
    self.modules = Mutex(Modules(list: modules.map { Module(handle: $0) }))
  }
}

// MARK: - The kernel's own types

extension KernelTypes {
  private static let kernel = KernelAnswer<BTFTypes>()

  /// Returns the types of vmlinux, shared within the process.
  ///
  /// - Throws: `BPFError` as `BTFTypes.vmlinux()`; the next call then retries.
  package static func vmlinux() throws(BPFError) -> BTFTypes {
    try kernel.get { () throws(BPFError) in try BTFTypes.vmlinux() }
  }

  /// Calls a function that reads the kernel's types. If they are unavailable, adds to the error why they are needed.
  ///
  /// - Parameter part: The part of an object that needs them, such as "the program 'start'".
  package static func needed<R>(
    for part: @autoclosure () -> String, _ call: () throws(BPFError) -> R
  ) throws(BPFError) -> R {
    do throws(BPFError) {
      return try call()
    } catch {
      guard error.operation == .readBTF, error.code == .unavailable else { throw error }
      var error = error
      error.explanation += "; the kernel's types are needed for \(part())"
      throw error
    }
  }
}

// MARK: - Finding

extension KernelTypes {
  /// Returns the first type with a kind and name, in vmlinux or else in a module; nil if there is none.
  ///
  /// System calls: those of `BTFTypes.vmlinux()` once. For a name that vmlinux lacks, once those of `BTFHandle.ids()`,
  /// three for each id, and two for each module up to the one that has it. Linux 5.4, for modules 5.11. Capability: for
  /// modules `CAP_SYS_ADMIN`; without it modules are skipped, and ``areModulesHidden`` is true.
  ///
  /// - Throws: `BPFError` if the types cannot be read.
  package func find(_ kind: BTFKind, named name: String) throws(BPFError) -> Found? {
    let kernel = try KernelTypes.vmlinux()
    if let type = kernel.find(kind, named: name) { return Found(type: type, module: nil) }
    return try modules.withLock { (modules) throws(BPFError) in
      try modules.find(kind, named: name, base: kernel)
    }
  }

  /// Returns the types of all accessible modules.
  ///
  /// - Throws: `BPFError` if they cannot be read.
  package func moduleTypes() throws(BPFError) -> [BTFTypes] {
    let kernel = try KernelTypes.vmlinux()
    return try modules.withLock { (modules) throws(BPFError) in try modules.all(base: kernel) }
  }

  /// Whether modules were skipped for lack of permission.
  package var areModulesHidden: Bool { modules.withLock(\.areHidden) }
}

// MARK: - Modules

extension KernelTypes {
  private struct Module {
    let handle: BTFHandle
    var types: BTFTypes?

    /// The module's types, read on first use.
    mutating func types(base: BTFTypes) throws(BPFError) -> BTFTypes {
      if let types { return types }
      let read = try handle.types(base: base)
      types = read
      return read
    }
  }

  private struct Modules {
    /// The modules; nil until first needed.
    var list: [Module]?
    var areHidden = false

    mutating func find(
      _ kind: BTFKind, named name: String, base: BTFTypes
    ) throws(BPFError) -> Found? {
      var modules = if let list { list } else { try open() }
      // Keeps the types already read, also if reading another module failed.
      defer { list = modules }
      for index in modules.indices {
        let types = try modules[index].types(base: base)
        if let type = types.find(kind, named: name) {
          return Found(type: type, module: modules[index].handle)
        }
      }
      return nil
    }

    mutating func all(base: BTFTypes) throws(BPFError) -> [BTFTypes] {
      var modules = if let list { list } else { try open() }
      defer { list = modules }
      var all: [BTFTypes] = []
      for index in modules.indices { all.append(try modules[index].types(base: base)) }
      return all
    }

    /// Opens the BTF objects of all modules.
    private mutating func open() throws(BPFError) -> [Module] {
      var modules: [Module] = []
      do throws(BPFError) {
        for id in try BTFHandle.ids() {
          guard let handle = try KernelTypes.handle(id: id) else { continue }
          // BTF objects of programs have no name.
          if !handle.name.isEmpty, handle.name != "vmlinux" { modules.append(Module(handle: handle)) }
        }
      } catch {
        guard error.code == .permissionDenied else { throw error }
        areHidden = true
        return []
      }
      return modules
    }
  }

  /// Opens a BTF object; returns nil if it was removed meanwhile, as those of programs often are.
  private static func handle(id: UInt32) throws(BPFError) -> BTFHandle? {
    do throws(BPFError) {
      return try BTFHandle(id: id)
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }
}
