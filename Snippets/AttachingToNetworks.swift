// The examples of the article about networks.
import BPF
import Glibc

// Enters a new network namespace. The Glibc module lacks unshare(2).
typealias Unshare = @convention(c) (_ flags: Int32) -> Int32
if let symbol = dlsym(nil, "unshare") {
  let newNetwork: Int32 = 0x4000_0000
  guard unsafeBitCast(symbol, to: Unshare.self)(newNetwork) == 0 else { throw Errno(rawValue: errno) }
}

// snippet.AttachingToNetworks
let object = try ObjectFile("packets.bpf.o").load()
let loopback = try NetworkInterface(named: "lo")
let frames = try object.program("on_frame").attach(toXDPOf: loopback, mode: .generic)
// snippet.end

// snippet.AttachingToNetworks
let second = try object.program("on_packet").attach(toTCXOf: loopback, .ingress)
let first = try object.program("on_first").attach(
  toTCXOf: loopback, .ingress, order: .beforeLink(second))
// snippet.end

// snippet.AttachingToNetworks
let classifier = try object.program("on_packet").attach(toClsactOf: loopback, .egress, priority: 1)
try classifier.detach()
try loopback.removeClsact()  // removes the clsact qdisc, which would stay
// snippet.end

// snippet.AttachingToNetworks
let hook = NetfilterHook(.ipv4, .localOut, priority: -10)
let filter = try object.program("on_hook").attach(toNetfilter: hook)
// snippet.end

// snippet.AttachingToNetworks
/// Counts what the processes of a cgroup send, given by its directory, such as /sys/fs/cgroup/system.slice.
func count(in group: FilePath) throws -> Link {
  try object.program("on_sent").attach(toCgroup: group)
}
// snippet.end

// The mount point of cgroup version 2.
let isUnified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
print(try count(in: isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified"))

// snippet.AttachingToNetworks
/// Attaches a program that sees what a socket receives, and returns how much of it to keep.
func filter(_ socket: FileDescriptor) throws -> Link {
  try object.program("on_datagram").attach(toSocket: socket)
}
// snippet.end
print(try filter(FileDescriptor(rawValue: socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0))))

// snippet.AttachingToNetworks
let lookups = try object.program("on_lookup").attach(toNetworkNamespace: "/proc/thread-self/ns/net")
let peers = try SockMap(name: "peers", maxEntries: 64)
let messages = try object.program("on_message").attach(toSocketMap: peers.handle)
// snippet.end
for link in [frames, first, second, filter, lookups, messages] { print(link) }

// A program can be attached to a hook once.
try second.detach()
// snippet.AttachingToNetworks
let attached = try AttachedPrograms(toTCXOf: loopback, .ingress)
for program in attached {
  print(try Program(id: program.programID).name, program.linkID.map { "link \($0)" } ?? "no link")
}
let revision = attached.revision ?? 0
let counter = try object.program("on_packet").attach(
  toTCXOf: loopback, .ingress, order: .first, revision: revision)
// snippet.end

// snippet.AttachingToNetworks
/// Returns the programs that decide what the processes of a cgroup may send.
func senders(in group: FilePath) throws -> [ProgramID] {
  try AttachedPrograms(toCgroup: group, for: .cgroupInetEgress, effective: true).map(\.programID)
}
// snippet.end
print(counter, try senders(in: isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified").count)
