// The examples of the pages about tries, queues, stacks and filters.
import BPF

// snippet.LPMTrieMap
let zones = try LPMTrieMap<IPv4Address, UInt32>(name: "zones", maxEntries: 1000)
for (text, zone) in [("10.0.0.0/8", 1), ("10.1.0.0/16", 2)] as [(String, UInt32)] {
  if let network = AddressPrefix<IPv4Address>(text) { try zones.update(network, to: zone) }
}
print("10.1.2.3 is in zone", try zones[IPv4Address(10, 1, 2, 3)] ?? 0)
print("10.9.9.9 is in zone", try zones[IPv4Address(10, 9, 9, 9)] ?? 0)
// snippet.end

// snippet.LPMTrieMap
struct LocalAddress: PrefixAddress {
  @BigEndian var interface: UInt32
  var address: IPv4Address
}

let local = try LPMTrieMap<LocalAddress, UInt32>(name: "local", maxEntries: 1000)
let uplink = LocalAddress(interface: 2, address: IPv4Address(10, 0, 0, 0))
if let network = AddressPrefix(uplink, length: 32 + 8) { try local.update(network, to: 1) }
print(try local[LocalAddress(interface: 2, address: IPv4Address(10, 1, 2, 3))] ?? 0)  // 1
// snippet.end

// snippet.QueueMap
let jobs = try QueueMap<UInt32>(name: "jobs", maxEntries: 16)
try jobs.push(1)
try jobs.push(2)
while let job = try jobs.pop() { print("job", job) }
// snippet.end

// snippet.StackMap
let free = try StackMap<UInt16>(name: "free", maxEntries: 16)
for port in 9000..<9004 as Range<UInt16> { try free.push(port) }
if let port = try free.pop() { print("port", port, "was freed last") }
// snippet.end

// snippet.BloomFilter
let seen = try BloomFilter<IPv6Address>(name: "seen", maxEntries: 10_000)
try seen.insert(.loopback)
print("seen:", try seen.mayContain(.loopback), try seen.mayContain(IPv6Address(2)))
// snippet.end
