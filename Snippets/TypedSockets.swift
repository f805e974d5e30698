// The examples of the pages about socket maps.
import BPF
import Glibc

// snippet.SockMap
/// Stores two sockets and prints their cookies.
func join(_ near: FileDescriptor, _ far: FileDescriptor) throws {
  let peers = try SockMap(name: "peers", maxEntries: 64)
  try peers.update(0, to: near)
  try peers.update(1, to: far)
  for (index, cookie) in try peers.cookies() { print("index", index, "is the socket with cookie", cookie) }
  try far.close()
  print("removed after closing:", try peers.lookupCookie(1) == nil)
}
// snippet.end

// snippet.SockHash
struct Peer: BitwiseCopyable {
  var address: IPv4Address
  @BigEndian var port: UInt16
}

let connections = try SockHash<Peer>(name: "connections", maxEntries: 1024)

/// Lets programs find a socket by the address it is connected to.
func register(_ socket: FileDescriptor, as peer: Peer) throws {
  try connections.update(peer, to: socket, flags: .noExist)
  print(peer.address, peer.port, "has cookie", try connections.lookupCookie(peer) ?? 0)
}
// snippet.end

// snippet.ReuseportSockArray
let workers = try ReuseportSockArray(name: "workers", maxEntries: 16)

/// Lets a program choose a worker's socket, which is bound and has SO_REUSEPORT.
func add(_ socket: FileDescriptor, as worker: Int) throws {
  try workers.update(worker, to: socket)
  print(try workers.count(), "of", workers.maxEntries, "workers receive")
}
// snippet.end

// MARK: - Sockets for the calls above

func check(_ result: Int32) throws -> Int32 {
  if result < 0 { throw Errno(rawValue: errno) }
  return result
}

/// Creates a TCP socket that listens on a loopback port, or a UDP socket bound to one, with SO_REUSEPORT.
func loopbackSocket(_ type: __socket_type) throws -> FileDescriptor {
  let number = try check(socket(AF_INET, Int32(type.rawValue), 0))
  var isShared: Int32 = 1
  _ = try check(setsockopt(number, SOL_SOCKET, SO_REUSEPORT, &isShared, socklen_t(MemoryLayout<Int32>.size)))
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  let size = socklen_t(MemoryLayout<sockaddr_in>.size)
  _ = try check(
    withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, size) }
    })
  if type == SOCK_STREAM { _ = try check(listen(number, 1)) }
  return FileDescriptor(rawValue: number)
}

try join(loopbackSocket(SOCK_STREAM), loopbackSocket(SOCK_STREAM))
try register(loopbackSocket(SOCK_STREAM), as: Peer(address: IPv4Address(10, 0, 0, 1), port: 443))
try add(loopbackSocket(SOCK_DGRAM), as: 0)
