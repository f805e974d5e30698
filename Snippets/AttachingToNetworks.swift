// What the page about networks shows.
import BPF
import Glibc

// In a network of its own. unshare(2) is not in the headers that Glibc the module imports.
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
try loopback.removeClsact()  // the place for classifiers, which stays else
// snippet.end

// snippet.AttachingToNetworks
let hook = NetfilterHook(.ipv4, .localOut, priority: -10)
let filter = try object.program("on_hook").attach(toNetfilter: hook)
// snippet.end

// snippet.AttachingToNetworks
/// Counts what the processes of a control group send, given by its directory, such as /sys/fs/cgroup/system.slice.
func count(in group: FilePath) throws -> Link {
  try object.program("on_sent").attach(toCgroup: group)
}
// snippet.end

// Where version 2 is mounted.
let isUnified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
print(try count(in: isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified"))

// snippet.AttachingToNetworks
/// Has a program see what a socket receives, and say how much of it is kept.
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
