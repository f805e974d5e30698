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
  /// which the places keep values, and those of attaching to uprobes. Linux 5.15. Capabilities: `CAP_BPF`, `CAP_PERFMON`
  /// and `CAP_SYS_ADMIN`.
  ///
  /// - Parameters:
  ///   - name: the probe's name, such as `setjmp`.
  ///   - provider: who made it, such as `libc`.
  ///   - file: the file, or the name of a library or program that is looked for: see ``ExecutableFile/find(_:)``.
  ///   - process: the process's number, 0 for the caller; nil for all, also those that begin later.
  ///   - cookie: a number that the program can ask for, with `bpf_usdt_cookie`.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, probe or process, `BPFError.Code.mapFull` if
  ///   the program's map has not enough elements for the ways in which values are kept, `BPFError.Code.unsupported` if a
  ///   value is kept where no program can read it, or before Linux 5.15, `BPFError.Code.wrongObject` for a program that
  ///   asks for no values, or is of another type than `kprobe`, `BPFError.Code.permissionDenied`.
  public func attach(
    toUSDT name: String, provider: String, of file: FilePath, process: Int32? = nil, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let place = AttachPlace("static probe '\(provider):\(name)' of '\(file)'", .kprobe, since: "Linux 5.15")
    try place.check(
      self, isFor: [nil, .traceUprobeMulti], "static probes have the section 'usdt' or 'uprobe.multi'")
    guard try KernelFacts.hasAttachCookie() else {
      throw BPFError(
        .attach, .unsupported, subject, "this kernel gives no cookies to probes; kernels do since Linux 5.15")
    }
    let executable = try ExecutableFile(file)
    let probes = try executable.staticProbes().filter { $0.name == name && $0.provider == provider }
    guard !probes.isEmpty else {
      throw BPFError(
        .findSymbol, .notFound, path: executable.path, "there is no static probe '\(provider):\(name)'")
    }
    var ways: [[ProbeArgument]] = []
    var indices: [String: Int] = [:]
    for probe in probes where indices[probe.arguments] == nil {
      ways.append(try arguments(of: probe, executable))
      indices[probe.arguments] = ways.count - 1
    }
    let slots = try ProbeSlots(of: self)
    let taken = try slots.take(ways, cookie: cookie, self)
    let places = probes.map { ProbePlace(probe: $0, slot: indices[$0.arguments].map { taken[$0] } ?? 0) }
    let links: [Link]
    do throws(BPFError) {
      links = try attach(to: places, of: executable.path, process: process)
    } catch {
      slots.release(taken)
      throw error
    }
    let attachment = StaticProbeAttachment(links, slots, taken: taken)
    return attachment.link == nil
      ? Link(attachment, to: place.description, program: id)
      : try Link(of: attachment, to: place.description, operation: .attach)
  }
}

/// A place of a static probe, and the element of the program's map that tells where its values are.
private struct ProbePlace {
  var probe: StaticProbe
  var slot: UInt32
}

extension Program {
  private func arguments(
    of probe: StaticProbe, _ file: ExecutableFile
  ) throws(BPFError) -> [ProbeArgument] {
    guard let processor = ProbeProcessor.current, file.isForThisMachine else {
      throw BPFError(
        .attach, .unsupported, subject, path: file.path,
        "where the values of static probes are is known for x86-64 and arm64, in files for the machine itself"
      )
    }
    switch ProbeArgument.all(in: probe.arguments, processor) {
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
    to places: [ProbePlace], of path: FilePath, process: Int32?
  ) throws(BPFError) -> [Link] {
    if definition == nil || definition?.expectedAttachType == .traceUprobeMulti {
      var probes = BPFCommand.UserProbes(path: path, offsets: places.map(\.probe.offset))
      probes.cookies = places.map { UInt64($0.slot) }
      if places.contains(where: { $0.probe.referenceCounterOffset != 0 }) {
        probes.referenceCounterOffsets = places.map(\.probe.referenceCounterOffset)
      }
      do throws(BPFError) {
        return [try attach(to: probes, process: process, isReturn: false)]
      } catch {
        // What a program that was opened had been loaded for is not known.
        guard definition == nil, error.errno == .invalidArgument else { throw error }
      }
    }
    var links: [Link] = []
    for place in places {
      var probe = Probe(.uprobe, path.string, offset: place.probe.offset, isReturn: false)
      probe.referenceCounterOffset = place.probe.referenceCounterOffset
      links.append(
        try attach(
          to: probe, process: process, cookie: UInt64(place.slot),
          "static probe '\(place.probe.provider):\(place.probe.name)' of '\(path)'"))
    }
    return links
  }
}
