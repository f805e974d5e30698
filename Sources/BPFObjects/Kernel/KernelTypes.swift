//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
package import BTF
internal import Synchronization

/// The types of the running kernel and of its modules, for one who looks for functions, variables and types by name.
///
/// Those of the kernel itself are read once in the life of the process. Those of modules, which come and go, are read
/// once for each object of this class, and not before a name is looked for that the kernel itself does not have.
package final class KernelTypes: Sendable {
  /// A type, and where it was found.
  package struct Found: Sendable {
    /// The type, in the object that has it.
    package let type: BTFType
    /// The module's object, which is open as long as somebody has it; nil for the kernel's own.
    package let module: BTFHandle?
  }

  private let modules: Mutex<Modules>

  /// The modules that the kernel has when they are first needed.
  package init() {
    modules = Mutex(Modules())
  }

  /// Known modules.
  init(modules: [BTFHandle]) {
    self.modules = Mutex(Modules(list: modules.map { Module(handle: $0) }))
  }
}

// MARK: - The kernel's own types

extension KernelTypes {
  private static let kernel = KernelAnswer<BTFTypes>()

  /// The types of the kernel itself, which every caller in the process shares.
  ///
  /// - Throws: `BPFError` as `BTFTypes.vmlinux()`, which is then tried again the next time.
  package static func vmlinux() throws(BPFError) -> BTFTypes {
    try kernel.get { () throws(BPFError) in try BTFTypes.vmlinux() }
  }

  /// Makes a call that reads the kernel's types. If there are none, the error also says what they are needed for.
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
  /// The first type of a kind that has a name, in the kernel or else in a module; nil if there is none.
  ///
  /// System calls: those of `BTFTypes.vmlinux()` once. For a name that the kernel itself does not have, once those of
  /// `BTFHandle.ids()`, three for each id, and two for each module up to the one that has it. Linux 5.4, for modules
  /// 5.11. Capability: for modules `CAP_SYS_ADMIN`; without it they are passed over, and ``areModulesHidden`` tells.
  ///
  /// - Throws: `BPFError` if the types cannot be read.
  package func find(_ kind: BTFKind, named name: String) throws(BPFError) -> Found? {
    let kernel = try KernelTypes.vmlinux()
    if let type = kernel.find(kind, named: name) { return Found(type: type, module: nil) }
    return try modules.withLock { (modules) throws(BPFError) in
      try modules.find(kind, named: name, base: kernel)
    }
  }

  /// The types of all modules that may be looked at.
  ///
  /// - Throws: `BPFError` if they cannot be read.
  package func moduleTypes() throws(BPFError) -> [BTFTypes] {
    let kernel = try KernelTypes.vmlinux()
    return try modules.withLock { (modules) throws(BPFError) in try modules.all(base: kernel) }
  }

  /// Whether modules were passed over because this process may not look at them.
  package var areModulesHidden: Bool { modules.withLock(\.areHidden) }
}

// MARK: - Modules

extension KernelTypes {
  private struct Module {
    let handle: BTFHandle
    var types: BTFTypes?

    /// Its types, which are read the first time.
    mutating func types(base: BTFTypes) throws(BPFError) -> BTFTypes {
      if let types { return types }
      let read = try handle.types(base: base)
      types = read
      return read
    }
  }

  private struct Modules {
    /// The modules; nil as long as nobody needed them.
    var list: [Module]?
    var areHidden = false

    mutating func find(
      _ kind: BTFKind, named name: String, base: BTFTypes
    ) throws(BPFError) -> Found? {
      var modules = if let list { list } else { try open() }
      // What was read stays, also if the reading of another failed.
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

    /// Opens the objects of all modules.
    private mutating func open() throws(BPFError) -> [Module] {
      var modules: [Module] = []
      do throws(BPFError) {
        for id in try BTFHandle.ids() {
          guard let handle = try KernelTypes.handle(id: id) else { continue }
          // Programs' objects have no name.
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

  /// Opens an object; nil if it went meanwhile, as those of programs do all the time.
  private static func handle(id: UInt32) throws(BPFError) -> BTFHandle? {
    do throws(BPFError) {
      return try BTFHandle(id: id)
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }
}
