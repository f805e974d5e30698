//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The helpers of Linux 5.0 to 5.9.

extension Helper {
  // MARK: - Linux 5.0

  /// Removes `len` bytes from the message at `start`. Linux 5.0.
  public static let msgPopData = Helper(rawValue: 91)
  /// Reports that a remote control's pointer moved. Linux 5.0.
  public static let rcPointerRel = Helper(rawValue: 92)

  // MARK: - Linux 5.1

  /// Acquires the lock in a map's value. A program can hold one lock at a time. Linux 5.1.
  public static let spinLock = Helper(rawValue: 93)
  /// Releases the lock. Linux 5.1.
  public static let spinUnlock = Helper(rawValue: 94)
  /// Returns the socket with all its fields; null if it is not a full socket. Linux 5.1.
  public static let skFullsock = Helper(rawValue: 95)
  /// Returns the TCP part of the socket; null if it has none. Linux 5.1.
  public static let tcpSock = Helper(rawValue: 96)
  /// Marks the packet with "congestion experienced" if it supports ECN. Returns 1 if it is marked. Linux 5.1.
  public static let skbECNSetCE = Helper(rawValue: 97)
  /// Returns the listening socket of a connection request. The program must not release it. Linux 5.1.
  public static let getListenerSock = Helper(rawValue: 98)

  // MARK: - Linux 5.2

  /// Finds a TCP socket as bpf_sk_lookup_tcp does, including request and time-wait sockets. Linux 5.2.
  public static let skcLookupTCP = Helper(rawValue: 99)
  /// Checks the SYN cookie in the packet's acknowledgement. Returns 0 if it is valid. Linux 5.2.
  public static let tcpCheckSyncookie = Helper(rawValue: 100)
  /// Copies the name of the sysctl that is being read or written. Linux 5.2.
  public static let sysctlGetName = Helper(rawValue: 101)
  /// Copies the value of the sysctl, as /proc/sys shows it. Linux 5.2.
  public static let sysctlGetCurrentValue = Helper(rawValue: 102)
  /// Copies the value that is being written. Linux 5.2.
  public static let sysctlGetNewValue = Helper(rawValue: 103)
  /// Replaces the value that is being written. Linux 5.2.
  public static let sysctlSetNewValue = Helper(rawValue: 104)
  /// Parses a signed number (`flags`: base, or 0), and returns the number of characters read. Linux 5.2.
  public static let strtol = Helper(rawValue: 105)
  /// Parses an unsigned number (`flags`: base, or 0), and returns the number of characters read. Linux 5.2.
  public static let strtoul = Helper(rawValue: 106)
  /// Returns the socket's storage in this map. BPF_SK_STORAGE_GET_F_CREATE creates it. Linux 5.2.
  public static let skStorageGet = Helper(rawValue: 107)
  /// Deletes the socket's storage in this map. Linux 5.2.
  public static let skStorageDelete = Helper(rawValue: 108)

  // MARK: - Linux 5.3

  /// Sends a signal to the running process. Any of its threads may receive it. Linux 5.3.
  public static let sendSignal = Helper(rawValue: 109)

  // MARK: - Linux 5.4

  /// Creates a SYN cookie for the packet. Returns the cookie, with the MSS in the bits above it. Linux 5.4.
  public static let tcpGenSyncookie = Helper(rawValue: 110)

  // MARK: - Linux 5.5

  /// Writes a record with the packet's first bytes into a perf buffer; for tracing programs. Linux 5.5.
  public static let skbOutput = Helper(rawValue: 111)
  /// Copies from an address of the running process that may be invalid. Linux 5.5.
  public static let probeReadUser = Helper(rawValue: 112)
  /// Copies from a kernel address that may be invalid. Linux 5.5.
  public static let probeReadKernel = Helper(rawValue: 113)
  /// Copies a string of the running process. Returns its length with the terminator. Linux 5.5.
  public static let probeReadUserStr = Helper(rawValue: 114)
  /// Copies a string in kernel memory. Returns its length with the terminator. Linux 5.5.
  public static let probeReadKernelStr = Helper(rawValue: 115)

  // MARK: - Linux 5.6

  /// Sends an acknowledgement; for congestion control. Linux 5.6.
  public static let tcpSendAck = Helper(rawValue: 116)
  /// Sends a signal to the running thread. Linux 5.6.
  public static let sendSignalThread = Helper(rawValue: 117)
  /// Returns the kernel's clock ticks since boot. Linux 5.6.
  public static let jiffies64 = Helper(rawValue: 118)

  // MARK: - Linux 5.7

  /// Copies the branch records that the processor took with the perf event. Linux 5.7.
  public static let readBranchRecords = Helper(rawValue: 119)
  /// Reads the running task's pid and tgid in a PID namespace. Linux 5.7.
  public static let getNSCurrentPIDTGID = Helper(rawValue: 120)
  /// Writes a record with the frame's first bytes into a perf buffer; for tracing programs. Linux 5.7.
  public static let xdpOutput = Helper(rawValue: 121)
  /// Returns the cookie of the context's network namespace; with null that of the initial one. Linux 5.7.
  public static let getNetnsCookie = Helper(rawValue: 122)
  /// Returns the id of an ancestor of the running task's cgroup; level 0 is the root. Linux 5.7.
  public static let getCurrentAncestorCgroupID = Helper(rawValue: 123)
  /// Assigns the packet, or the socket look-up, to this socket. Linux 5.7.
  public static let skAssign = Helper(rawValue: 124)

  // MARK: - Linux 5.8

  /// Returns nanoseconds since boot, with the time spent suspended (CLOCK_BOOTTIME). Linux 5.8.
  public static let ktimeGetBootNS = Helper(rawValue: 125)
  /// Prints to an iterator's output. See BPF_SEQ_PRINTF. Linux 5.8.
  public static let seqPrintf = Helper(rawValue: 126)
  /// Writes bytes to an iterator's output. Linux 5.8.
  public static let seqWrite = Helper(rawValue: 127)
  /// Returns the id of the cgroup (v2) of the socket. Linux 5.8.
  public static let skCgroupID = Helper(rawValue: 128)
  /// Returns the id of an ancestor of the socket's cgroup; level 0 is the root. Linux 5.8.
  public static let skAncestorCgroupID = Helper(rawValue: 129)
  /// Copies a record into the ring buffer. Linux 5.8.
  public static let ringbufOutput = Helper(rawValue: 130)
  /// Reserves space for a record in the ring buffer, to submit or discard; returns null if there is none. Linux 5.8.
  public static let ringbufReserve = Helper(rawValue: 131)
  /// Submits the reserved record to the reader. Linux 5.8.
  public static let ringbufSubmit = Helper(rawValue: 132)
  /// Discards the reserved record. Linux 5.8.
  public static let ringbufDiscard = Helper(rawValue: 133)
  /// Returns a property of the ring buffer: unread bytes, size, or a position (BPF_RB_*). Linux 5.8.
  public static let ringbufQuery = Helper(rawValue: 134)
  /// Returns or changes the number of the packet's checksums that are known to be valid. Linux 5.8.
  public static let csumLevel = Helper(rawValue: 135)

  // MARK: - Linux 5.9

  /// Returns the socket as an IPv6 TCP socket, or null. Linux 5.9.
  public static let skcToTCP6Sock = Helper(rawValue: 136)
  /// Returns the socket as a TCP socket, or null. Linux 5.9.
  public static let skcToTCPSock = Helper(rawValue: 137)
  /// Returns the socket as a TCP socket in time-wait, or null. Linux 5.9.
  public static let skcToTCPTimewaitSock = Helper(rawValue: 138)
  /// Returns the socket as a TCP connection request, or null. Linux 5.9.
  public static let skcToTCPRequestSock = Helper(rawValue: 139)
  /// Returns the socket as an IPv6 UDP socket, or null. Linux 5.9.
  public static let skcToUDP6Sock = Helper(rawValue: 140)
  /// Copies a task's stack into the buffer, and returns the number of bytes. Linux 5.9.
  public static let getTaskStack = Helper(rawValue: 141)
}
