//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFObjects
public import BPFSyscall
public import SystemPackage

extension Program {
  /// Attaches the program to all locations of a USDT probe in an executable file or shared library.
  ///
  /// The program reads the probe's arguments and the cookie with the functions of `bpf/usdt.bpf.h`. A uprobe multi
  /// program has one link, which can be pinned. Otherwise there is one link for each location, and the returned object
  /// holds them together.
  ///
  /// System calls: those of reading the file's notes, those of finding the program's maps, those of attaching
  /// uprobes, and for each distinct argument specification two `BPF_MAP_UPDATE_ELEM` and two `BPF_MAP_LOOKUP_ELEM`. Linux 4.20. Before Linux 5.15, a
  /// position-independent file, such as a library, requires a process that has mapped it. Capabilities: `CAP_BPF`,
  /// `CAP_PERFMON` and `CAP_SYS_ADMIN`.
  ///
  /// - Parameters:
  ///   - name: the probe's name, such as `setjmp`.
  ///   - provider: the probe's provider, such as `libc`.
  ///   - file: the file, or the name of a library or program to find: see ``ExecutableFile/find(_:)``. If the process
  ///     has its own root directory or mount namespace, as in a container, the file is that process's file. A path must
  ///     then be absolute, and one in /proc is the caller's.
  ///   - process: the process ID, 0 for the caller; nil for all current and future processes that map this file.
  ///   - cookie: a number that the program reads with `bpf_usdt_cookie`.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, probe or process; `BPFError.Code.mapFull`
  ///   if the program's map has too few free elements for the argument specifications; `BPFError.Code.unsupported` if
  ///   no program can read an argument, or the kernel cannot increment the probe's semaphore;
  ///   `BPFError.Code.wrongObject` for a program that does not read USDT arguments, or is of another type than
  ///   `kprobe`; `BPFError.Code.permissionDenied`.
  ///
  ///   The kernel cannot increment a semaphore in memory without bytes in the file, nor one in a file page that two
  ///   writable segments map (lld with RELRO). In the latter case, attach to one running process.
  public func attach(
    toUSDT name: String, provider: String, of file: FilePath, process: Int32? = nil, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(
      toUSDT: name, provider: provider, of: file, process: process, cookie: cookie,
      hasCookies: KernelFacts.hasAttachCookie())
  }

  /// Attaches the program to a USDT probe, with the kernel's cookies or by instruction addresses, so that tests cover
  /// the path for old kernels.
  package func attach(
    toUSDT name: String, provider: String, of file: FilePath, process: Int32?, cookie: UInt64,
    hasCookies: Bool
  ) throws(BPFError) -> Link {
    let hook = AttachTarget("USDT probe '\(provider):\(name)' of '\(file)'", .kprobe, since: "Linux 4.20")
    try hook.check(
      self, isFor: [nil, .traceUprobeMulti], "a USDT program has the section 'usdt' or 'uprobe.multi'")
    let executable = try ExecutableFile(file, of: process)
    let probes = try executable.usdtProbes().filter { $0.name == name && $0.provider == provider }
    guard !probes.isEmpty else {
      throw BPFError(
        .findSymbol, .notFound, path: executable.path, "there is no USDT probe '\(provider):\(name)'")
    }
    for case let obstacle? in probes.map(\.semaphoreObstacle) where !obstacle.allows(process: process) {
      throw BPFError(.attach, .unsupported, subject, path: executable.path, obstacle.explanation)
    }
    let addresses =
      hasCookies ? [] : try ProbeAddresses.all(of: probes, in: executable, process: process, self)
    var specs: [[ProbeArgument]] = []
    var indices: [String: Int] = [:]
    for probe in probes where indices[probe.arguments] == nil {
      specs.append(try arguments(of: probe, executable))
      indices[probe.arguments] = specs.count - 1
    }
    let specMap = try USDTSpecMap(of: self)
    let specIDs = try specMap.allocate(specs, cookie: cookie, self)
    let elements = probes.map { probe in indices[probe.arguments].map { specIDs[$0] } ?? 0 }
    do throws(BPFError) {
      if !hasCookies { try specMap.assign(elements, to: addresses, self) }
    } catch {
      specMap.release(specIDs)
      throw error
    }
    let links: [Link]
    do throws(BPFError) {
      links = try attach(
        to: probes, of: executable.path, process: process,
        cookies: hasCookies ? elements.map(UInt64.init) : [])
    } catch {
      specMap.release(specIDs, addresses: addresses)
      throw error
    }
    let attachment = USDTAttachment(links, specMap, specIDs: specIDs, addresses: addresses)
    // A pin can make a single link outlive this attachment.
    if let link = attachment.linkID { try specMap.setLink(link, of: specIDs) }
    return attachment.link == nil
      ? Link(attachment, to: hook.description, program: id)
      : try Link(of: attachment, to: hook.description, operation: .attach)
  }
}

extension Program {
  private func arguments(
    of probe: USDTProbe, _ file: ExecutableFile
  ) throws(BPFError) -> [ProbeArgument] {
    guard let architecture = Architecture.current, architecture.operandSyntax != nil, file.isForThisMachine
    else {
      throw BPFError(
        .attach, .unsupported, subject, path: file.path,
        "USDT arguments are supported on x86-64 and arm64, in files for this machine's architecture"
      )
    }
    switch ProbeArgument.all(in: probe.arguments, architecture) {
    case .success(let arguments) where arguments.count <= ProbeArgument.maximumCount: return arguments
    case .success(let arguments):
      throw BPFError(
        .attach, .unsupported, subject, path: file.path,
        "the probe has \(arguments.count) arguments, but programs can read at most \(ProbeArgument.maximumCount)"
      )
    case .failure(let unreadable):
      throw BPFError(
        .attach, .unsupported, subject, path: file.path,
        "no program can read an argument of the probe: '\(unreadable.rest)'")
    }
  }

  /// Attaches the program to all locations: with one link for a uprobe multi program, otherwise one by one.
  private func attach(
    to locations: [USDTProbe], of path: FilePath, process: Int32?, cookies: [UInt64]
  ) throws(BPFError) -> [Link] {
    if definition == nil || definition?.expectedAttachType == .traceUprobeMulti {
      var probes = BPFCommand.UserProbes(path: path, offsets: locations.map(\.offset))
      probes.cookies = cookies
      if locations.contains(where: { $0.referenceCounterOffset != 0 }) {
        probes.referenceCounterOffsets = locations.map(\.referenceCounterOffset)
      }
      do throws(BPFError) {
        return [try attach(to: probes, process: process, isReturn: false)]
      } catch {
        // An opened program's attach type is unknown.
        guard definition == nil, error.errno == .invalidArgument else { throw error }
      }
    }
    var links: [Link] = []
    for (index, location) in locations.enumerated() {
      var probe = Probe(.uprobe, path.string, offset: location.offset, isReturn: false)
      probe.referenceCounterOffset = location.referenceCounterOffset
      links.append(
        try attach(
          to: probe, process: process, cookie: cookies.isEmpty ? 0 : cookies[index],
          "USDT probe '\(location.provider):\(location.name)' of '\(path)'"))
    }
    return links
  }
}
