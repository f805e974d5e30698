//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The helpers of Linux 5.10 to 6.2, after which the kernel adds kfuncs instead.

extension Helper {
  // MARK: - Linux 5.10

  /// Reads the TCP header option of a given kind. Linux 5.10.
  public static let loadHdrOpt = Helper(rawValue: 142)
  /// Writes a TCP header option into the space reserved for it. Linux 5.10.
  public static let storeHdrOpt = Helper(rawValue: 143)
  /// Reserves space for TCP header options. Linux 5.10.
  public static let reserveHdrOpt = Helper(rawValue: 144)
  /// Returns the inode's storage in this map. BPF_LOCAL_STORAGE_GET_F_CREATE creates it. Linux 5.10.
  public static let inodeStorageGet = Helper(rawValue: 145)
  /// Deletes the inode's storage in this map. Linux 5.10.
  public static let inodeStorageDelete = Helper(rawValue: 146)
  /// Copies the path of a file as a string into `buf`. Returns its length with the terminator. Linux 5.10.
  public static let dPath = Helper(rawValue: 147)
  /// Copies from the running process's memory, and may wait for pages; in sleepable programs. Linux 5.10.
  public static let copyFromUser = Helper(rawValue: 148)
  /// Prints a value by its BTF type into `str`. Linux 5.10.
  public static let snprintfBTF = Helper(rawValue: 149)
  /// Prints a value by its BTF type to an iterator's output. Linux 5.10.
  public static let seqPrintfBTF = Helper(rawValue: 150)
  /// Returns the net_cls class of the packet's socket. Linux 5.10.
  public static let skbCgroupClassID = Helper(rawValue: 151)
  /// Redirects the packet to another interface and fills in the neighbor's address. Linux 5.10.
  public static let redirectNeigh = Helper(rawValue: 152)
  /// Returns a CPU's instance of a per-CPU kernel variable; null if there is no such CPU. Linux 5.10.
  public static let perCPUPtr = Helper(rawValue: 153)
  /// Returns the current CPU's instance of a per-CPU kernel variable. Linux 5.10.
  public static let thisCPUPtr = Helper(rawValue: 154)
  /// Redirects the packet to the other end of a veth or netkit pair, in that end's namespace. Linux 5.10.
  public static let redirectPeer = Helper(rawValue: 155)

  // MARK: - Linux 5.11

  /// Returns the task's storage in this map. BPF_LOCAL_STORAGE_GET_F_CREATE creates it. Linux 5.11.
  public static let taskStorageGet = Helper(rawValue: 156)
  /// Deletes the task's storage in this map. Linux 5.11.
  public static let taskStorageDelete = Helper(rawValue: 157)
  /// Returns the running task as a typed pointer. Linux 5.11.
  public static let getCurrentTaskBTF = Helper(rawValue: 158)
  /// Sets options of the program being executed (BPF_F_BPRM_SECUREEXEC). Linux 5.11.
  public static let bprmOptsSet = Helper(rawValue: 159)
  /// Returns nanoseconds since boot as of the last tick: cheaper and less precise. Linux 5.11.
  public static let ktimeGetCoarseNS = Helper(rawValue: 160)
  /// Copies the hash that IMA stored for the inode, and returns its algorithm. Linux 5.11.
  public static let imaInodeHash = Helper(rawValue: 161)
  /// Returns the socket of a file, or null. Linux 5.11.
  public static let sockFromFile = Helper(rawValue: 162)

  // MARK: - Linux 5.12

  /// Checks whether the packet, changed by `len_diff` bytes, fits the interface's MTU. Linux 5.12.
  public static let checkMTU = Helper(rawValue: 163)

  // MARK: - Linux 5.13

  /// Calls `callback_fn` for each element of the map until it returns 1. Linux 5.13.
  public static let forEachMapElem = Helper(rawValue: 164)
  /// Prints into `str`. See BPF_SNPRINTF. Linux 5.13.
  public static let snprintf = Helper(rawValue: 165)

  // MARK: - Linux 5.14

  /// Calls bpf(2); in syscall programs. Linux 5.14.
  public static let sysBPF = Helper(rawValue: 166)
  /// Returns the id of a kernel type by name, with the BTF's descriptor in the upper half; in syscall programs. Linux
  /// 5.14.
  public static let btfFindByNameKind = Helper(rawValue: 167)
  /// Closes a descriptor; in syscall programs. Linux 5.14.
  public static let sysClose = Helper(rawValue: 168)

  // MARK: - Linux 5.15

  /// Initializes a timer in a map's value; `flags` is the clock (CLOCK_MONOTONIC, CLOCK_BOOTTIME). Linux 5.15.
  public static let timerInit = Helper(rawValue: 169)
  /// Sets the function that the timer calls: (map, key, value). Linux 5.15.
  public static let timerSetCallback = Helper(rawValue: 170)
  /// Starts the timer to expire after `nsecs`. Linux 5.15.
  public static let timerStart = Helper(rawValue: 171)
  /// Stops the timer and waits for its callback. Returns 1 if the timer was active. Linux 5.15.
  public static let timerCancel = Helper(rawValue: 172)
  /// Returns the address of the probed or traced function. Linux 5.15.
  public static let getFuncIP = Helper(rawValue: 173)
  /// Returns the cookie that was set when the program was attached. Linux 5.15.
  public static let getAttachCookie = Helper(rawValue: 174)
  /// Returns the address of the task's user registers, saved when it entered the kernel. Linux 5.15.
  public static let taskPtRegs = Helper(rawValue: 175)

  // MARK: - Linux 5.16

  /// Copies the branches that the processor recorded last. Linux 5.16.
  public static let getBranchSnapshot = Helper(rawValue: 176)
  /// Writes a line with up to twelve arguments to the trace pipe. See bpf_printk. Linux 5.16.
  public static let traceVprintk = Helper(rawValue: 177)
  /// Returns the socket as a Unix socket, or null. Linux 5.16.
  public static let skcToUnixSock = Helper(rawValue: 178)
  /// Looks up the address of a kernel symbol; in syscall programs. Linux 5.16.
  public static let kallsymsLookupName = Helper(rawValue: 179)

  // MARK: - Linux 5.17

  /// Calls `callback_fn` with the task's memory area that contains `addr`. Linux 5.17.
  public static let findVMA = Helper(rawValue: 180)
  /// Calls `callback_fn` up to `nr_loops` times, until it returns 1. Returns the number of calls. Linux 5.17.
  public static let loop = Helper(rawValue: 181)
  /// Compares a string of at most `s1_sz` bytes with a read-only string, as strncmp(3) does. Linux 5.17.
  public static let strncmp = Helper(rawValue: 182)
  /// Reads argument `n` of the traced function, counted from 0. Linux 5.17.
  public static let getFuncArg = Helper(rawValue: 183)
  /// Reads the return value of the traced function. Linux 5.17.
  public static let getFuncRet = Helper(rawValue: 184)
  /// Returns the number of the traced function's argument registers. Linux 5.17.
  public static let getFuncArgCnt = Helper(rawValue: 185)

  // MARK: - Linux 5.18

  /// Returns the system call's current return value; in cgroup programs. Linux 5.18.
  public static let getRetval = Helper(rawValue: 186)
  /// Sets the system call's return value; in cgroup programs. Linux 5.18.
  public static let setRetval = Helper(rawValue: 187)
  /// Returns the length of the frame with its fragments. Linux 5.18.
  public static let xdpGetBuffLen = Helper(rawValue: 188)
  /// Copies bytes from the frame, including its fragments. Linux 5.18.
  public static let xdpLoadBytes = Helper(rawValue: 189)
  /// Writes bytes into the frame, including its fragments. Linux 5.18.
  public static let xdpStoreBytes = Helper(rawValue: 190)
  /// Copies from another task's memory, and may wait for pages; in sleepable programs. Linux 5.18.
  public static let copyFromUserTask = Helper(rawValue: 191)
  /// Sets the packet's time stamp and the time stamp's type. Linux 5.18.
  public static let skbSetTstamp = Helper(rawValue: 192)
  /// Copies IMA's hash of the file, computed if necessary, and returns its algorithm. Linux 5.18.
  public static let imaFileHash = Helper(rawValue: 193)

  // MARK: - Linux 5.19

  /// Stores a pointer to a kernel object in a map's value. Returns the old pointer, which the program must release.
  /// Linux 5.19.
  public static let kptrXchg = Helper(rawValue: 194)
  /// Returns a pointer to a CPU's value of `key`; null if there is none. Linux 5.19.
  public static let mapLookupPerCPUElem = Helper(rawValue: 195)
  /// Returns the socket as a multipath TCP socket, or null. Linux 5.19.
  public static let skcToMPTCPSock = Helper(rawValue: 196)
  /// Creates a dynptr over memory of a map's value. Linux 5.19.
  public static let dynptrFromMem = Helper(rawValue: 197)
  /// Reserves space in the ring buffer, of a size known only at run time, as a dynptr. Linux 5.19.
  public static let ringbufReserveDynptr = Helper(rawValue: 198)
  /// Submits the dynptr's record to the reader. Linux 5.19.
  public static let ringbufSubmitDynptr = Helper(rawValue: 199)
  /// Discards the dynptr's record. Linux 5.19.
  public static let ringbufDiscardDynptr = Helper(rawValue: 200)
  /// Copies `len` bytes from the dynptr, starting at `offset`. Linux 5.19.
  public static let dynptrRead = Helper(rawValue: 201)
  /// Copies `len` bytes into the dynptr, starting at `offset`. Linux 5.19.
  public static let dynptrWrite = Helper(rawValue: 202)
  /// Returns the address of `len` bytes of the dynptr (a constant); null if it has fewer. Linux 5.19.
  public static let dynptrData = Helper(rawValue: 203)

  // MARK: - Linux 6.0

  /// Creates a SYN cookie for an IPv4 packet, without a socket. Linux 6.0.
  public static let tcpRawGenSyncookieIPv4 = Helper(rawValue: 204)
  /// Creates a SYN cookie for an IPv6 packet, without a socket. Linux 6.0.
  public static let tcpRawGenSyncookieIPv6 = Helper(rawValue: 205)
  /// Checks the SYN cookie of an IPv4 packet, without a socket. Returns 0 if it is valid. Linux 6.0.
  public static let tcpRawCheckSyncookieIPv4 = Helper(rawValue: 206)
  /// Checks the SYN cookie of an IPv6 packet, without a socket. Returns 0 if it is valid. Linux 6.0.
  public static let tcpRawCheckSyncookieIPv6 = Helper(rawValue: 207)

  // MARK: - Linux 6.1

  /// Returns nanoseconds of International Atomic Time (CLOCK_TAI). Linux 6.1.
  public static let ktimeGetTAINS = Helper(rawValue: 208)
  /// Calls `callback_fn` for each record from user space. Returns the number of records. Linux 6.1.
  public static let userRingbufDrain = Helper(rawValue: 209)

  // MARK: - Linux 6.2

  /// Returns the cgroup's storage in this map. BPF_LOCAL_STORAGE_GET_F_CREATE creates it. Linux 6.2.
  public static let cgrpStorageGet = Helper(rawValue: 210)
  /// Deletes the cgroup's storage in this map. Linux 6.2.
  public static let cgrpStorageDelete = Helper(rawValue: 211)
}
