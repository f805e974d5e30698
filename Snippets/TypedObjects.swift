// The examples of the pages about maps-in-maps, programs, perf events, cgroups, stacks, devices and CPUs.
import BPF
import Glibc

// snippet.ArrayOfMaps
func counters() throws -> MapHandle {
  try MapHandle(type: .hash, name: "counters", keySize: 4, valueSize: 8, maxEntries: 1024)
}

let generations = try ArrayOfMaps(name: "generations", maxEntries: 1, innerMap: counters())
try generations.update(0, to: counters())
if let old = try generations.lookup(0) {
  try generations.update(0, to: counters())  // from now on, programs count in the new map
  print(try old.count(), "counters in", old)
}
// snippet.end

// snippet.HashOfMaps
let quota = try ArrayMap<UInt64>(name: "quota", maxEntries: 4)
let tenants = try HashOfMaps<UInt32>(name: "tenants", maxEntries: 100, innerMap: quota.handle)
try tenants.update(4711, to: quota.handle)
if let inner = try tenants.lookup(4711) {
  try ArrayMap<UInt64>(inner).update(0, to: 1_000_000)
  print("tenant 4711 has", try quota[0] ?? 0)
}
for (tenant, id) in try tenants.entries() { print("tenant", tenant, "map", id) }
// snippet.end

// snippet.ProgramArray
let handlers = try ProgramArray(name: "handlers", maxEntries: 16)

/// Makes tail calls to an index continue with this program.
func handle(_ index: Int, by program: Program) throws {
  try handlers.update(index, to: program)
  for (index, id) in try handlers.entries() { print("index", index, "is program", id) }
}

print("index 0 is", try handlers.lookup(0).map { "program \($0)" } ?? "free")
// snippet.end

// snippet.PerfEventArray
let events = try PerfEventArray(name: "events")  // one for each possible CPU

/// Makes programs that run on a CPU write their records to a perf event that was opened for it.
func attach(_ event: FileDescriptor, toCPU cpu: Int) throws {
  try events.update(cpu, to: event)
}

print("up to", events.maxEntries, "events")
// snippet.end

// snippet.CgroupArray
let services = try CgroupArray(name: "services", maxEntries: 8)

/// Adds a cgroup for programs to check, given by its directory, such as /sys/fs/cgroup/system.slice.
func watch(_ directory: FilePath, as index: Int) throws {
  try services.update(index, toCgroup: directory)  // the array keeps the group
}
// snippet.end

// The mount point of cgroup version 2.
let isUnified = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
try watch(isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified", as: 0)
print("the root cgroup was present:", try services.delete(0))

// snippet.StackTraceMap
let stacks = try StackTraceMap(name: "stacks", maxEntries: 1024, maxDepth: 32)

/// Prints the stack whose ID a program got from bpf_get_stackid.
func show(_ id: UInt32) throws {
  for address in try stacks.lookup(id) ?? [] { print("0x" + String(address, radix: 16)) }
}

for (id, addresses) in try stacks.entries() { print("stack", id, "of", addresses.count, "frames") }
print(try stacks.count(), "stacks of at most", stacks.maxDepth, "frames")
// snippet.end

// snippet.XSKMap
let receivers = try XSKMap(name: "receivers", maxEntries: 64)

/// Makes an XDP program redirect the packets of a receive queue to an AF_XDP socket that is bound to it.
func receive(fromQueue queue: Int, by socket: FileDescriptor) throws {
  try receivers.update(queue, to: socket)
}

print(receivers)
// snippet.end

// snippet.DevMap
let ports = try DevMap(name: "ports", maxEntries: 8)
try ports.update(0, toInterface: 1)  // the loopback interface
for (port, device) in try ports.entries() { print("port", port, "is interface", device.interfaceIndex) }
// snippet.end

// snippet.DevMapHash
let uplinks = try DevMapHash(name: "uplinks", maxEntries: 8)
try uplinks.update(4711, toInterface: 1)  // the loopback interface
print("uplink 4711 is interface", try uplinks.lookup(4711)?.interfaceIndex ?? 0)
// snippet.end

// snippet.CPUMap
let workers = try CPUMap(name: "workers")  // one index for each possible CPU
try workers.update(0, queueSize: 192)
for (cpu, worker) in try workers.entries() { print("CPU", cpu, "queues", worker.queueSize, "packets") }
// snippet.end
