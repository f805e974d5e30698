// The examples of the pages about local storage.
import BPF
import Glibc

// snippet.SocketStorage
/// The amount of data that a connection may send.
struct Budget: BitwiseCopyable {
  var bytes: UInt64
  var isStrict: Bool
}

let budgets = try SocketStorage<Budget>(name: "budgets")

func limit(_ socket: FileDescriptor, toBytes bytes: UInt64) throws {
  try budgets.update(socket, to: Budget(bytes: bytes, isStrict: true))
  if let budget = try budgets.lookup(socket) { print(budget.bytes, "bytes are left") }
}
// snippet.end

let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
try limit(FileDescriptor(rawValue: number), toBytes: 1 << 20)

// snippet.InodeStorage
let runs = try InodeStorage<UInt32>(name: "runs")
let shell = try FileDescriptor.open("/bin/sh", .readOnly)
try runs.update(shell, to: 1)

let again = try FileDescriptor.open("/bin/sh", .readOnly)  // another descriptor of the same file
print("runs of the shell:", try runs.lookup(again) ?? 0)
try runs.delete(again)
// snippet.end

// snippet.TaskStorage
let jobs = try TaskStorage<UInt64>(name: "jobs")

/// Assigns a job to a process, given by a pidfd, for programs to read.
func assign(_ job: UInt64, to process: FileDescriptor) throws {
  try jobs.update(process, to: job)
  print("the process works on job", try jobs.lookup(process) ?? 0)
}
// snippet.end

// The Glibc module lacks pidfd_open(2), which the library has since 2.36.
typealias PidfdOpen = @convention(c) (_ process: pid_t, _ flags: UInt32) -> Int32
if let symbol = dlsym(nil, "pidfd_open") {
  let pidfd = unsafeBitCast(symbol, to: PidfdOpen.self)(getpid(), 0)
  try assign(7, to: FileDescriptor(rawValue: pidfd))
}

// snippet.CgroupStorage
let denied = try CgroupStorage<UInt64>(name: "denied")

/// Starts counting in a cgroup, given by its directory, such as /sys/fs/cgroup/system.slice.
func count(in directory: FilePath) throws {
  let group = try FileDescriptor.open(directory, .readOnly)
  try group.closeAfter {
    try denied.update(group, to: 0, flags: .noExist)
    print("denied there:", try denied.lookup(group) ?? 0)
  }
}
// snippet.end

// The mount point of cgroup version 2.
let isUnified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
try count(in: isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified")
