// The examples of the pages about arrays.
import BPF

// snippet.ArrayMap
let settings = try ArrayMap<UInt32>(name: "settings", maxEntries: 8)
try settings.update(2, to: 1500)
print("setting 2 is", try settings[2] ?? 0)
for (index, value) in try settings.entries() where value != 0 { print(index, value) }
// snippet.end

// snippet.PerCPUArrayMap
let packets = try PerCPUArrayMap<UInt64>(name: "packets", maxEntries: 4)
try packets.update(1, toAll: 10)
var counts = PerCPUValues<UInt64>()  // reusable: allocates at most once
for index in 0..<4 where try packets.lookup(index, into: &counts) { print(index, counts.sum()) }
// snippet.end

// snippet.MappedArray
struct Traffic: BitwiseCopyable {
  var packets: UInt64
  var bytes: UInt64
}

let traffic = try MappedArray<Traffic>(name: "traffic", maxEntries: 16)
try traffic.update(3, to: Traffic(packets: 1, bytes: 60))
let bytes = try traffic.atomics(of: \.bytes)
try bytes.add(1440, at: 3)  // atomic with respect to programs
print(traffic[3].packets, "packets,", traffic[3].bytes, "bytes")
// snippet.end

// snippet.MappedArray
let sums = try MappedArray<UInt64>(name: "sums", maxEntries: 1024)
let table = try sums.wrapping()
print(table[0x9e37_79b9])  // sums[0x9e37_79b9 % 1024]
// snippet.end
