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
  /// Attaches the program to a static probe of an executable file or shared library (USDT), at all places that it has.
  ///
  /// The program asks for the probe's values, and for the cookie, by the functions of `bpf/usdt.bpf.h`. If it was loaded for
  /// many uprobes at once there is one link, which can be pinned; else there is one for each place, and what is returned
  /// holds them together.
  ///
  /// System calls: those of reading the file's notes, of finding the program's maps, `BPF_MAP_UPDATE_ELEM` for each way in
  /// which the places keep values, and those of attaching to uprobes. Linux 4.20; before Linux 5.15 to what may be mapped
  /// anywhere, as libraries are, only for one process that has mapped it. Capabilities: `CAP_BPF`, `CAP_PERFMON` and
  /// `CAP_SYS_ADMIN`.
  ///
  /// - Parameters:
  ///   - name: the probe's name, such as `setjmp`.
  ///   - provider: who made it, such as `libc`.
  ///   - file: the file, or the name of a library or program that is looked for: see ``ExecutableFile/find(_:)``. If the
  ///     process has a root directory or mount namespace of its own, as in a container, it is that process's file; a path
  ///     must then be absolute, and one in /proc is the caller's.
  ///   - process: the process's number, 0 for the caller; nil for all that have this very file, also those that begin
  ///     later.
  ///   - cookie: a number that the program can ask for, with `bpf_usdt_cookie`.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, probe or process, `BPFError.Code.mapFull` if
  ///   the program's map has not enough elements for the ways in which values are kept, `BPFError.Code.unsupported` if a
  ///   value is kept where no program can read it, or if the kernel cannot count in the probe's semaphore: it is in memory
  ///   without bytes in the file, or in a page of the file that two writable segments map (lld with RELRO), to which
  ///   programs are attached for one process that runs; `BPFError.Code.wrongObject` for a program that asks for no values, or is
  ///   of another type than `kprobe`, `BPFError.Code.permissionDenied`.
  public func attach(
    toUSDT name: String, provider: String, of file: FilePath, process: Int32? = nil, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    try attach(
      toUSDT: name, provider: provider, of: file, process: process, cookie: cookie,
      hasCookies: KernelFacts.hasAttachCookie())
  }

  /// Attaches the program to a static probe, with the kernel's cookies or by the addresses of instructions, so that tests
  /// come by the way of old kernels.
  package func attach(
    toUSDT name: String, provider: String, of file: FilePath, process: Int32?, cookie: UInt64,
    hasCookies: Bool
  ) throws(BPFError) -> Link {
    let place = AttachTarget("static probe '\(provider):\(name)' of '\(file)'", .kprobe, since: "Linux 4.20")
    try place.check(
      self, isFor: [nil, .traceUprobeMulti], "static probes have the section 'usdt' or 'uprobe.multi'")
    let executable = try ExecutableFile(file, of: process)
    let probes = try executable.usdtProbes().filter { $0.name == name && $0.provider == provider }
    guard !probes.isEmpty else {
      throw BPFError(
        .findSymbol, .notFound, path: executable.path, "there is no static probe '\(provider):\(name)'")
    }
    for case let obstacle? in probes.map(\.semaphoreObstacle) where !obstacle.allows(process: process) {
      throw BPFError(.attach, .unsupported, subject, path: executable.path, obstacle.explanation)
    }
    let addresses =
      hasCookies ? [] : try ProbeAddresses.all(of: probes, in: executable, process: process, self)
    var ways: [[ProbeArgument]] = []
    var indices: [String: Int] = [:]
    for probe in probes where indices[probe.arguments] == nil {
      ways.append(try arguments(of: probe, executable))
      indices[probe.arguments] = ways.count - 1
    }
    let slots = try ProbeSlots(of: self)
    let taken = try slots.take(ways, cookie: cookie, self)
    let elements = probes.map { probe in indices[probe.arguments].map { taken[$0] } ?? 0 }
    do throws(BPFError) {
      if !hasCookies { try slots.assign(elements, to: addresses, self) }
    } catch {
      slots.release(taken)
      throw error
    }
    let links: [Link]
    do throws(BPFError) {
      links = try attach(
        to: probes, of: executable.path, process: process,
        cookies: hasCookies ? elements.map(UInt64.init) : [])
    } catch {
      slots.release(taken, addresses: addresses)
      throw error
    }
    let attachment = USDTAttachment(links, slots, taken: taken, addresses: addresses)
    return attachment.link == nil
      ? Link(attachment, to: place.description, program: id)
      : try Link(of: attachment, to: place.description, operation: .attach)
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
        "where the values of static probes are is known for x86-64 and arm64, in files for the machine itself"
      )
    }
    switch ProbeArgument.all(in: probe.arguments, architecture) {
    case .success(let arguments) where arguments.count <= ProbeArgument.maximumCount: return arguments
    case .success(let arguments):
      throw BPFError(
        .attach, .unsupported, subject, path: file.path,
        "the probe has \(arguments.count) values, and programs can be told of \(ProbeArgument.maximumCount)")
    case .failure(let unreadable):
      throw BPFError(
        .attach, .unsupported, subject, path: file.path,
        "the probe keeps a value where no program can read it: '\(unreadable.rest)'")
    }
  }

  /// Attaches the program to all places at once, or if it was not loaded for that, one by one.
  private func attach(
    to places: [USDTProbe], of path: FilePath, process: Int32?, cookies: [UInt64]
  ) throws(BPFError) -> [Link] {
    if definition == nil || definition?.expectedAttachType == .traceUprobeMulti {
      var probes = BPFCommand.UserProbes(path: path, offsets: places.map(\.offset))
      probes.cookies = cookies
      if places.contains(where: { $0.referenceCounterOffset != 0 }) {
        probes.referenceCounterOffsets = places.map(\.referenceCounterOffset)
      }
      do throws(BPFError) {
        return [try attach(to: probes, process: process, isReturn: false)]
      } catch {
        // What a program that was opened had been loaded for is not known.
        guard definition == nil, error.errno == .invalidArgument else { throw error }
      }
    }
    var links: [Link] = []
    for (index, place) in places.enumerated() {
      var probe = Probe(.uprobe, path.string, offset: place.offset, isReturn: false)
      probe.referenceCounterOffset = place.referenceCounterOffset
      links.append(
        try attach(
          to: probe, process: process, cookie: cookies.isEmpty ? 0 : cookies[index],
          "static probe '\(place.provider):\(place.name)' of '\(path)'"))
    }
    return links
  }
}
