import BPF

// snippet.README
let hits = try HashMap<IPv4Address, UInt64>(name: "hits", maxEntries: 1024)
try hits.update(IPv4Address(10, 0, 0, 1), to: 42)
if let count = try hits[IPv4Address(10, 0, 0, 1)] { print(count, "hits from 10.0.0.1") }
for (address, count) in try hits.entries() { print(address, count) }  // the whole map, in batches
do {
  _ = try HashMap<UInt64, UInt64>(MapHandle(id: hits.id))  // 8-byte keys: not this map's
} catch { print(error) }
// snippet.end
