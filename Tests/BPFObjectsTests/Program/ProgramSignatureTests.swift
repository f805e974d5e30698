//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFInstructions
import CKernelFixtures
import KernelFixtures
import SystemPackage
import Testing

@Suite("Signatures of programs", .kernel)
struct ProgramSignatureTests {
  private static let instructions: [Instruction] = [.move(2, to: .r0), .exit]

  /// Loads a program with a signature on a thread with a session keyring of its own, which has a certificate.
  private func load(
    _ instructions: [Instruction], _ signature: ProgramSignature, certificate: [UInt8]
  ) async throws -> UInt32 {
    try await Worker.run {
      try #require(kf_enter_session_keyring() > 0)
      if !certificate.isEmpty {
        try #require(certificate.withUnsafeBytes { kf_add_certificate($0.baseAddress, UInt($0.count)) } > 0)
      }
      let program = try Program(
        type: .xdp, name: "signed", instructions: instructions, license: "GPL", signature: signature)
      return try program.run(data: [UInt8](repeating: 0, count: 14)).returnValue
    }
  }

  /// Returns a certificate, and a signature of the instructions by its key.
  private func sign(_ instructions: [Instruction]) throws -> (certificate: [UInt8], message: [UInt8]) {
    try withTemporaryDirectory { folder in
      func path(_ name: String) -> String { folder.appending(name).string }
      func openssl(_ arguments: String...) throws {
        let result = try Command.run("openssl", arguments)
        try #require(result.status == 0, "\(result.standardError)")
      }
      let content = ProgramSignature.content(of: instructions)
      let file = try FileDescriptor.open(
        FilePath(path("content")), .writeOnly, options: .create, permissions: .ownerReadWrite)
      try file.closeAfter { _ = try file.writeAll(content) }
      try openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=swift-bpf", "-keyout",
        path("key"),
        "-out", path("certificate"))
      try openssl("x509", "-in", path("certificate"), "-outform", "DER", "-out", path("certificate.der"))
      try openssl(
        "cms", "-sign", "-binary", "-nocerts", "-noattr", "-md", "sha256", "-signer", path("certificate"),
        "-inkey",
        path("key"), "-in", path("content"), "-outform", "DER", "-out", path("message"))
      return (
        try KernelFile.bytes(of: FilePath(path("certificate.der"))),
        try KernelFile.bytes(of: FilePath(path("message")))
      )
    }
  }

  @Test(
    "A signed program loads, and another one with its signature does not", .kernel(since: "6.18"),
    .feature(.signatures))
  func signed() async throws {
    let (certificate, message) = try sign(Self.instructions)
    let signature = ProgramSignature(message: message, keyring: .session)
    #expect(try await load(Self.instructions, signature, certificate: certificate) == 2)

    let other: [Instruction] = [.move(1, to: .r0), .exit]
    let forged = await #expect(throws: BPFError.self) {
      try await load(other, signature, certificate: certificate)
    }
    #expect(
      forged?.code == .permissionDenied
        && forged?.explanation == "the signature is not one of these instructions")
    let unknown = await #expect(throws: BPFError.self) {
      try await load(Self.instructions, signature, certificate: [])
    }
    #expect(unknown?.explanation == "no key of the keyring -3 made the signature")
    let damaged = ProgramSignature(message: [1, 2, 3], keyring: .session)
    let format = await #expect(throws: BPFError.self) {
      try await load(Self.instructions, damaged, certificate: certificate)
    }
    #expect(format?.code == .malformed)
    let nowhere = ProgramSignature(
      message: message, keyring: ProgramSignature.Keyring(rawValue: 2_000_000_000))
    let keyring = await #expect(throws: BPFError.self) {
      try await load(Self.instructions, nowhere, certificate: certificate)
    }
    #expect(keyring?.code == .invalidArgument && keyring?.explanation.contains("2000000000") == true)
  }

  @Test("A kernel that checks no signatures says what it lacks")
  func lacking() async throws {
    guard KernelRelease.isOlder(than: "6.18") || !BuiltFeature.signatures.isAvailable else {
      #expect(ProgramSignature.content(of: Self.instructions).count == 16)
      return
    }
    let signature = ProgramSignature(message: [1, 2, 3], keyring: .session)
    let error = await #expect(throws: BPFError.self) {
      try await load(Self.instructions, signature, certificate: [])
    }
    #expect(error?.code == .unsupported, "\(error.debugDescription)")
    #expect(error?.explanation.hasPrefix("this kernel cannot check signatures of programs: ") == true)
  }
}
