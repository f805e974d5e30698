// The examples of the pages about hash maps.
import BPF

// snippet.HashMap
struct Connection: BitwiseCopyable {
  var peer: IPv4Address
  @BigEndian var port: UInt16
}

let hits = try HashMap<Connection, UInt64>(name: "hits", maxEntries: 1024)
try hits.update(Connection(peer: IPv4Address(10, 0, 0, 1), port: 443), to: 1)
if let count = try hits[Connection(peer: IPv4Address(10, 0, 0, 1), port: 443)] { print(count, "hits") }
for (connection, count) in try hits.entries() { print(connection.peer, connection.port, count) }
// snippet.end

// snippet.LRUHashMap
let recent = try LRUHashMap<UInt32, UInt64>(name: "recent", maxEntries: 1000)
for process in 1...5000 as ClosedRange<UInt32> { try recent.update(process, to: 1) }
print(try recent.count(), "of 5000 processes are remembered")
// snippet.end

// snippet.PerCPUHashMap
let calls = try PerCPUHashMap<UInt32, UInt64>(name: "calls", maxEntries: 10_000)
try calls.update(4711, toAll: 3)
for (process, counts) in try calls.entries() {
  print(process, counts.sum(), "calls on", counts.count, "CPUs")
}
// snippet.end

// snippet.LRUPerCPUHashMap
let flows = try LRUPerCPUHashMap<UInt64, UInt64>(name: "flows", maxEntries: 10_000)
try flows.update(contentsOf: (0..<100).map { (UInt64($0), try PossibleCPUs.current().ids.map { _ in 1 }) })
try flows.forEachBatch { batch in
  for (flow, packets) in batch where packets.sum() > 100 { print("busy:", flow) }
}
// snippet.end
