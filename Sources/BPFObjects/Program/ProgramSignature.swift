//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions
internal import BPFSyscall
internal import SystemPackage

/// A signature of a program's instructions, which the kernel checks before it verifies the program. Linux 6.18.
///
/// The signed bytes are the instructions as they are given to the kernel, ``content(of:)``. A descriptor of a map in them
/// differs from process to process, so only programs that refer to their maps in other ways can be signed ahead of time.
///
/// ```sh
/// openssl cms -sign -binary -nocerts -noattr -md sha256 -signer cert.pem -inkey key.pem -in content -outform DER -out signature
/// ```
public struct ProgramSignature: Hashable, Sendable {
  /// The signature: a PKCS #7 message in DER without the signed bytes.
  public var message: [UInt8]

  /// The keys of which one must have made the signature.
  public var keyring: Keyring

  /// Creates a signature.
  ///
  /// - Parameters:
  ///   - message: a PKCS #7 message in DER without the signed bytes.
  ///   - keyring: the keys of which one must have made it.
  public init(message: [UInt8], keyring: Keyring) {
    (self.message, self.keyring) = (message, keyring)
  }

  /// The keyring of a signature. See keyrings(7).
  public struct Keyring: RawRepresentable, Hashable, Sendable {
    /// The kernel's number: 0 to 2 for a keyring of the system, a key's serial number, or a negative number of
    /// keyctl(2).
    public var rawValue: Int32

    /// Creates a keyring by its number, such as one that keyctl(2) returns.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The keys that are built into the kernel.
    public static let builtIn = Keyring(rawValue: 0)
    /// The built-in keys, and those that were added to the secondary keyring.
    public static let secondary = Keyring(rawValue: 1)
    /// The keys of the platform's firmware.
    public static let platform = Keyring(rawValue: 2)
    /// The thread's keyring.
    public static let thread = Keyring(rawValue: -1)
    /// The process's keyring.
    public static let process = Keyring(rawValue: -2)
    /// The session's keyring.
    public static let session = Keyring(rawValue: -3)
    /// The user's keyring.
    public static let user = Keyring(rawValue: -4)
  }

  /// Returns the bytes to sign: the instructions in native byte order.
  public static func content(of instructions: [Instruction]) -> [UInt8] {
    instructions.flatMap { [UInt8](number: $0.encoded) }
  }
}

extension ProgramSignature {
  /// Returns the cause of an errno with which the kernel refuses a signed program before it verifies it; nil for others.
  func refusal(_ errno: Errno) -> (code: BPFError.Code, text: String)? {
    switch errno {
    case .argListTooLong where KernelRelease.isOlder(than: "6.18"):
      (.unsupported, "this kernel cannot check signatures of programs: \(KernelRelease.requirement("6.18"))")
    case .notSupported:
      (
        .unsupported,
        "this kernel cannot check signatures of programs: it lacks CONFIG_SYSTEM_DATA_VERIFICATION"
      )
    case .noKey: (.permissionDenied, "no key of the keyring \(keyring.rawValue) made the signature")
    case .keyRejected: (.permissionDenied, "the signature is not one of these instructions")
    case .badMessage: (.malformed, "the signature is not a PKCS #7 message in DER")
    case .invalidArgument:
      (
        .invalidArgument,
        "the keyring \(keyring.rawValue) does not exist, or the kernel knows no such type of program"
      )
    default: nil
    }
  }
}
