//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The helpers of Linux 3.19 to 4.20.

extension Helper {
  // MARK: - Linux 3.19

  /// Returns a pointer to the value of `key` in the map; null if there is none. Linux 3.19.
  public static let mapLookupElem = Helper(rawValue: 1)
  /// Sets the value of `key`; `flags` is BPF_ANY, BPF_NOEXIST or BPF_EXIST. Linux 3.19.
  public static let mapUpdateElem = Helper(rawValue: 2)
  /// Removes `key` from the map. Linux 3.19.
  public static let mapDeleteElem = Helper(rawValue: 3)

  // MARK: - Linux 4.1

  /// Copies from a kernel address that may be invalid; superseded by bpf_probe_read_kernel and _user. Linux 4.1.
  public static let probeRead = Helper(rawValue: 4)
  /// Returns nanoseconds since boot, without the time spent suspended (CLOCK_MONOTONIC). Linux 4.1.
  public static let ktimeGetNS = Helper(rawValue: 5)
  /// Writes a line with up to three arguments to the trace pipe, for debugging. See bpf_printk. Linux 4.1.
  public static let tracePrintk = Helper(rawValue: 6)
  /// Returns a pseudo-random number that is not fit for cryptography. Linux 4.1.
  public static let getPrandomU32 = Helper(rawValue: 7)
  /// Returns the number of the CPU that the program runs on. Linux 4.1.
  public static let getSmpProcessorID = Helper(rawValue: 8)
  /// Writes `len` bytes into the packet. The program must check packet pointers again afterwards. Linux 4.1.
  public static let skbStoreBytes = Helper(rawValue: 9)
  /// Adjusts the IP checksum at `offset` for a field of 2 or 4 bytes that changed from `from` to `to`. Linux 4.1.
  public static let l3CsumReplace = Helper(rawValue: 10)
  /// Adjusts the TCP, UDP or ICMP checksum at `offset`; the field's size is in the low bits of `flags`. Linux 4.1.
  public static let l4CsumReplace = Helper(rawValue: 11)

  // MARK: - Linux 4.2

  /// Continues with the program at `index` of a program array; returns only if that fails. Linux 4.2.
  public static let tailCall = Helper(rawValue: 12)
  /// Sends a copy of the packet to another interface. The program keeps the original. Linux 4.2.
  public static let cloneRedirect = Helper(rawValue: 13)
  /// Returns the running task's tgid (user space: process id) in the upper half, its pid (thread id) in the lower.
  /// Linux 4.2.
  public static let getCurrentPIDTGID = Helper(rawValue: 14)
  /// Returns the running task's gid in the upper half, its uid in the lower. Linux 4.2.
  public static let getCurrentUIDGID = Helper(rawValue: 15)
  /// Copies the name of the running task, always null-terminated. Linux 4.2.
  public static let getCurrentComm = Helper(rawValue: 16)

  // MARK: - Linux 4.3

  /// Returns the net_cls class of the running task; for tc programs on egress. Linux 4.3.
  public static let getCgroupClassID = Helper(rawValue: 17)
  /// Pushes a VLAN tag onto the packet. Linux 4.3.
  public static let skbVLANPush = Helper(rawValue: 18)
  /// Pops the outer VLAN tag from the packet. Linux 4.3.
  public static let skbVLANPop = Helper(rawValue: 19)
  /// Reads the packet's tunnel metadata from the tunnel device: addresses, tunnel id. Linux 4.3.
  public static let skbGetTunnelKey = Helper(rawValue: 20)
  /// Sets the tunnel metadata with which the tunnel device sends the packet. Linux 4.3.
  public static let skbSetTunnelKey = Helper(rawValue: 21)
  /// Returns the count of a perf event in the map. An error looks like a count: use bpf_perf_event_read_value. Linux
  /// 4.3.
  public static let perfEventRead = Helper(rawValue: 22)

  // MARK: - Linux 4.4

  /// Redirects the packet to another interface when the program returns this function's result. Linux 4.4.
  public static let redirect = Helper(rawValue: 23)
  /// Returns the realm of the packet's route; 0 if it has none. Linux 4.4.
  public static let getRouteRealm = Helper(rawValue: 24)
  /// Writes a record into the perf buffer of a CPU (BPF_F_CURRENT_CPU: the current one). Linux 4.4.
  public static let perfEventOutput = Helper(rawValue: 25)

  // MARK: - Linux 4.5

  /// Copies `len` bytes from the packet, including its non-linear part. Linux 4.5.
  public static let skbLoadBytes = Helper(rawValue: 26)

  // MARK: - Linux 4.6

  /// Stores a kernel or user stack in a stack trace map, and returns its id. Linux 4.6.
  public static let getStackID = Helper(rawValue: 27)
  /// Returns the checksum of the difference of two buffers, whose sizes are multiples of 4, added to `seed`. Linux
  /// 4.6.
  public static let csumDiff = Helper(rawValue: 28)
  /// Reads the options of the packet's tunnel header (Geneve, VXLAN). Linux 4.6.
  public static let skbGetTunnelOpt = Helper(rawValue: 29)
  /// Sets the options of the packet's tunnel header. Linux 4.6.
  public static let skbSetTunnelOpt = Helper(rawValue: 30)

  // MARK: - Linux 4.8

  /// Converts an IPv4 packet to IPv6 or back: changes its size only. The program writes the headers. Linux 4.8.
  public static let skbChangeProto = Helper(rawValue: 31)
  /// Sets the packet's type (PACKET_HOST, PACKET_OTHERHOST, ...). Linux 4.8.
  public static let skbChangeType = Helper(rawValue: 32)
  /// Returns whether the packet's socket belongs to a cgroup of the map: 1, 0, or an error. Linux 4.8.
  public static let skbUnderCgroup = Helper(rawValue: 33)
  /// Returns the packet's flow hash, computed if necessary. Linux 4.8.
  public static let getHashRecalc = Helper(rawValue: 34)
  /// Returns the address of the running task's task_struct, as a number. Linux 4.8.
  public static let getCurrentTask = Helper(rawValue: 35)
  /// Writes into the running task's memory, for experiments. The kernel logs a warning when such programs load. Linux
  /// 4.8.
  public static let probeWriteUser = Helper(rawValue: 36)

  // MARK: - Linux 4.9

  /// Returns whether the running task belongs to a cgroup of the map: 1, 0, or an error. Linux 4.9.
  public static let currentTaskUnderCgroup = Helper(rawValue: 37)
  /// Sets the packet's length by trimming or extending its end. Linux 4.9.
  public static let skbChangeTail = Helper(rawValue: 38)
  /// Makes the first `len` bytes of the packet directly accessible (0: its linear part). Linux 4.9.
  public static let skbPullData = Helper(rawValue: 39)
  /// Adds to the checksum that the driver supplied for the whole packet. Linux 4.9.
  public static let csumUpdate = Helper(rawValue: 40)
  /// Invalidates the packet's flow hash. The kernel computes it when it is next needed. Linux 4.9.
  public static let setHashInvalid = Helper(rawValue: 41)

  // MARK: - Linux 4.10

  /// Returns the NUMA node that the program runs on. Linux 4.10.
  public static let getNUMANodeID = Helper(rawValue: 42)
  /// Adds `len` bytes of space before the packet. Linux 4.10.
  public static let skbChangeHead = Helper(rawValue: 43)
  /// Moves the frame's start by `delta` bytes. A negative value adds space. Linux 4.10.
  public static let xdpAdjustHead = Helper(rawValue: 44)

  // MARK: - Linux 4.11

  /// Copies a string from a kernel address; superseded by bpf_probe_read_kernel_str and _user_str. Linux 4.11.
  public static let probeReadStr = Helper(rawValue: 45)

  // MARK: - Linux 4.12

  /// Returns the socket's cookie: a number that is unique and constant for the socket's lifetime. Linux 4.12.
  public static let getSocketCookie = Helper(rawValue: 46)
  /// Returns the id of the user who owns the packet's socket. Linux 4.12.
  public static let getSocketUID = Helper(rawValue: 47)

  // MARK: - Linux 4.13

  /// Sets the packet's flow hash. Linux 4.13.
  public static let setHash = Helper(rawValue: 48)
  /// Calls setsockopt(2) on the context's socket. Linux 4.13.
  public static let setsockopt = Helper(rawValue: 49)
  /// Grows or shrinks the packet by `len_diff` bytes after its MAC or network header. Linux 4.13.
  public static let skbAdjustRoom = Helper(rawValue: 50)

  // MARK: - Linux 4.14

  /// Redirects the packet to the device, CPU or AF_XDP socket at `key` of the map. Linux 4.14.
  public static let redirectMap = Helper(rawValue: 51)
  /// Redirects the packet to a socket of a socket map. Linux 4.14.
  public static let skRedirectMap = Helper(rawValue: 52)
  /// Adds the context's socket to a socket map. Linux 4.14.
  public static let sockMapUpdate = Helper(rawValue: 53)

  // MARK: - Linux 4.15

  /// Moves the start of the metadata before the frame by `delta` bytes. Linux 4.15.
  public static let xdpAdjustMeta = Helper(rawValue: 54)
  /// Reads the count, enabled time and running time of a perf event in the map. Linux 4.15.
  public static let perfEventReadValue = Helper(rawValue: 55)
  /// Reads the count, enabled time and running time of the event that triggered the program. Linux 4.15.
  public static let perfProgReadValue = Helper(rawValue: 56)
  /// Calls getsockopt(2) on the context's socket. Linux 4.15.
  public static let getsockopt = Helper(rawValue: 57)

  // MARK: - Linux 4.16

  /// Makes the probed function return `rc` without running. Only for functions that allow error injection. Linux
  /// 4.16.
  public static let overrideReturn = Helper(rawValue: 58)
  /// Selects the later events of the connection that call the program. Linux 4.16.
  public static let sockOpsCBFlagsSet = Helper(rawValue: 59)

  // MARK: - Linux 4.17

  /// Redirects the message to a socket of a socket map. Linux 4.17.
  public static let msgRedirectMap = Helper(rawValue: 60)
  /// Applies the verdict to the next `bytes` bytes, across any number of messages. Linux 4.17.
  public static let msgApplyBytes = Helper(rawValue: 61)
  /// Delays the program's next call until `bytes` bytes have accumulated. Linux 4.17.
  public static let msgCorkBytes = Helper(rawValue: 62)
  /// Makes bytes `start` to `end` of the message directly accessible. Linux 4.17.
  public static let msgPullData = Helper(rawValue: 63)
  /// Binds the connecting socket to a local address. Linux 4.17.
  public static let bind = Helper(rawValue: 64)

  // MARK: - Linux 4.18

  /// Moves the frame's end by `delta` bytes. Linux 4.18.
  public static let xdpAdjustTail = Helper(rawValue: 65)
  /// Reads the IPsec state of the packet at `index`. Linux 4.18.
  public static let skbGetXFRMState = Helper(rawValue: 66)
  /// Copies a kernel or user stack into the buffer, and returns the number of bytes. Linux 4.18.
  public static let getStack = Helper(rawValue: 67)
  /// Copies bytes from the packet, at an offset from its MAC or network header. Linux 4.18.
  public static let skbLoadBytesRelative = Helper(rawValue: 68)
  /// Looks up the next hop in the routing tables. Returns 0, or a positive reason (BPF_FIB_LKUP_RET_*). Linux 4.18.
  public static let fibLookup = Helper(rawValue: 69)
  /// Adds the context's socket to a socket hash. Linux 4.18.
  public static let sockHashUpdate = Helper(rawValue: 70)
  /// Redirects the message to a socket of a socket hash. Linux 4.18.
  public static let msgRedirectHash = Helper(rawValue: 71)
  /// Redirects the packet to a socket of a socket hash. Linux 4.18.
  public static let skRedirectHash = Helper(rawValue: 72)
  /// Pushes an outer header (IPv6 segment routing, IP) onto the packet. Linux 4.18.
  public static let lwtPushEncap = Helper(rawValue: 73)
  /// Writes into the writable fields of the packet's segment routing header. Linux 4.18.
  public static let lwtSeg6StoreBytes = Helper(rawValue: 74)
  /// Grows or shrinks the TLVs of the segment routing header. Linux 4.18.
  public static let lwtSeg6AdjustSRH = Helper(rawValue: 75)
  /// Applies a segment routing action (SEG6_LOCAL_ACTION_*) to the packet. Linux 4.18.
  public static let lwtSeg6Action = Helper(rawValue: 76)
  /// Reports that a remote control's key is still held down. Linux 4.18.
  public static let rcRepeat = Helper(rawValue: 77)
  /// Reports a decoded key press of a remote control. Linux 4.18.
  public static let rcKeydown = Helper(rawValue: 78)
  /// Returns the id of the cgroup (v2) of the packet's socket. Linux 4.18.
  public static let skbCgroupID = Helper(rawValue: 79)
  /// Returns the id of the cgroup (v2) of the running task. Linux 4.18.
  public static let getCurrentCgroupID = Helper(rawValue: 80)

  // MARK: - Linux 4.19

  /// Returns the storage of the cgroup that the program is attached to. Linux 4.19.
  public static let getLocalStorage = Helper(rawValue: 81)
  /// Selects the socket of the reuseport group that is at `key` of the map. Linux 4.19.
  public static let skSelectReuseport = Helper(rawValue: 82)
  /// Returns the id of an ancestor of the packet's socket's cgroup; level 0 is the root. Linux 4.19.
  public static let skbAncestorCgroupID = Helper(rawValue: 83)

  // MARK: - Linux 4.20

  /// Finds a TCP socket by its addresses. Release it with bpf_sk_release. Linux 4.20.
  public static let skLookupTCP = Helper(rawValue: 84)
  /// Finds a UDP socket by its addresses. Release it with bpf_sk_release. Linux 4.20.
  public static let skLookupUDP = Helper(rawValue: 85)
  /// Releases a socket that a look-up returned. Linux 4.20.
  public static let skRelease = Helper(rawValue: 86)
  /// Adds to a queue, stack or Bloom filter. BPF_EXIST drops the oldest element of a full queue or stack. Linux 4.20.
  public static let mapPushElem = Helper(rawValue: 87)
  /// Removes the next element from a queue or stack, and copies it. Linux 4.20.
  public static let mapPopElem = Helper(rawValue: 88)
  /// Copies the next element of a queue or stack; for a Bloom filter, tests whether it may contain `value`. Linux
  /// 4.20.
  public static let mapPeekElem = Helper(rawValue: 89)
  /// Inserts space for `len` bytes into the message at `start`. Linux 4.20.
  public static let msgPushData = Helper(rawValue: 90)
}
