//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import BTF
import Foundation
import KernelFixtures
import Testing

@testable import BPFObjects

@Suite("Types of the kernel and its modules", .kernel)
struct KernelTypesTests {
  /// Loads BTF with an integer and a typedef of the given name.
  static func object(with name: String) throws -> BTFHandle {
    var builder = BTFBuilder()
    builder.add(name, .typedef(builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))))
    return try builder.types().load()
  }

  @Test("Shares the kernel's types")
  func shared() throws {
    let kernel = try KernelTypes.vmlinux()
    #expect(try KernelTypes.vmlinux() === kernel)
    let found = try #require(try KernelTypes().find(.structure, named: "task_struct"))
    #expect(found.type.types === kernel && found.module == nil)
    #expect(found.type.id == kernel.find(.structure, named: "task_struct")?.id)
  }

  @Test("Searches modules for types that the kernel lacks")
  func modules() throws {
    // BTF of programs stands in for that of modules. It is also read back from the kernel.
    let modules = try ["swift_bpf_first", "swift_bpf_second"].map { try Self.object(with: $0) }
    let types = KernelTypes(modules: modules)
    for (name, module) in zip(["swift_bpf_first", "swift_bpf_second"], modules) {
      let found = try #require(try types.find(.typedef, named: name))
      #expect(found.type.name == name && found.type.id == 2 && found.module === module)
    }
    #expect(try types.find(.typedef, named: "swift_bpf_third") == nil)
    #expect(try types.find(.structure, named: "swift_bpf_first") == nil)
  }

  @Test("Opens the kernel's modules on demand, but not BTF of programs")
  func running() throws {
    let program = try Self.object(with: "swift_bpf_only_here")
    let types = KernelTypes()
    #expect(try types.find(.typedef, named: "swift_bpf_only_here") == nil)
    #expect(!types.areModulesHidden)
    withExtendedLifetime(program) {}
  }

  @Test("Without access to modules, finds the kernel's types and reports modules as hidden")
  func privileges() async throws {
    let (hasTask, hasOther, areHidden) = try await withCheckedThrowingContinuation { continuation in
      Thread {
        continuation.resume(
          with: Result {
            try TestCapability.limitThread(to: [.bpf])
            let types = KernelTypes()
            let task = try types.find(.structure, named: "task_struct")
            let other = try types.find(.structure, named: "no_such_structure")
            return (task != nil, other != nil, types.areModulesHidden)
          })
      }.start()
    }
    #expect(hasTask && !hasOther && areHidden)
  }
}
