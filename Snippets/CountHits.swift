import BPF

let hits = try MapHandle(type: .hash, name: "hits", keySize: 4, valueSize: 8, maxEntries: 1024)
try hits.update([10, 0, 0, 1], to: [42, 0, 0, 0, 0, 0, 0, 0])
if let value = try hits.lookup([10, 0, 0, 1]) { print(value[0], "hits from 10.0.0.1") }

for (key, value) in try hits.entries() {  // the whole map, in batches
  print(key, value)
}
do {
  try hits.update([1, 2], to: [0])  // refused before the kernel is asked
} catch { print(error) }
