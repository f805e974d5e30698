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
try runs.update(file: "/bin/sh", to: 1)

let shell = try FileDescriptor.open("/bin/sh", .readOnly)  // a descriptor of the same file
print("runs of the shell:", try runs.lookup(shell) ?? 0)
try runs.delete(shell)
// snippet.end

// snippet.TaskStorage
let jobs = try TaskStorage<UInt64>(name: "jobs")

/// Assigns a job to a process for programs to read.
func assign(_ job: UInt64, to process: Int32) throws {
  try jobs.update(process: process, to: job)
  print("the process works on job", try jobs.lookup(process: process) ?? 0)
}
// snippet.end
try assign(7, to: getpid())

// snippet.CgroupStorage
let denied = try CgroupStorage<UInt64>(name: "denied")

/// Starts counting in a cgroup, given by its directory, such as /sys/fs/cgroup/system.slice.
func count(in directory: FilePath) throws {
  try denied.update(cgroup: directory, to: 0, flags: .noExist)
  print("denied there:", try denied.lookup(cgroup: directory) ?? 0)
}
// snippet.end

// The mount point of cgroup version 2.
let isUnified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
try count(in: isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified")
