//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

extension BPFToken {
  /// The environment variable that names the BPF file system for a token, which libbpf reads too:
  /// `LIBBPF_BPF_TOKEN_PATH`.
  public static let environmentVariable = "LIBBPF_BPF_TOKEN_PATH"

  /// Creates the token that the environment asks for, as libbpf does.
  ///
  /// If ``environmentVariable`` is set, it is the mount point of the BPF file system; if it is empty, there is no token.
  /// If it is not set, the file system is ``BPFFileSystem/standardPath``, unless the process is in the initial user
  /// namespace or no token can be created from it.
  ///
  /// System calls: if the variable is set to a path, those of ``init(fileSystemAt:)``. If it is not set, one readlink(2)
  /// in /proc, and outside the initial user namespace those of ``init(fileSystemAt:)``.
  ///
  /// - Returns: a token, or nil if the environment asks for none.
  /// - Throws: `BPFError`; if the variable is set, the errors of ``init(fileSystemAt:)``.
  public static func fromEnvironment() throws(BPFError) -> BPFToken? {
    guard let path = Environment[environmentVariable] else {
      return UserNamespace.isInitial == false ? try? BPFToken(fileSystemAt: BPFFileSystem.standardPath) : nil
    }
    guard !path.isEmpty else { return nil }
    do throws(BPFError) {
      return try BPFToken(fileSystemAt: FilePath(path))
    } catch {
      var error = error
      error.explanation = "\(environmentVariable) names this path: \(error.explanation)"
      throw error
    }
  }
}
