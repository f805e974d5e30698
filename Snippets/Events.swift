// The examples of the article about receiving events.
import BPF
import Glibc

// snippet.Events
struct Event: BitwiseCopyable {
  var pid: UInt32
  var name: InlineArray<16, UInt8>
}

let object = try ObjectFile("started.bpf.o").load()
let links = try object.attach()
let ring = try RingBuffer(object.map("events"))
// snippet.end

/// Starts a process that ends at once.
func start(_ path: String) {
  var process = pid_t()
  let arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
  posix_spawn(&process, path, nil, nil, arguments, nil)
  waitpid(process, nil, 0)
}
start("/bin/true")

// snippet.Events
for try await event in ring.events(as: Event.self) {
  print("started:", event.pid)
  // snippet.end
  ring.close()
  // snippet.Events
}
print(try object.variable("dropped", as: UInt64.self), "dropped")
// snippet.end

// snippet.Events
try ring.poll(timeout: .milliseconds(100)) { record in print(record.byteCount, "bytes") }
// snippet.end

// snippet.Events
for try await batch in ring.batches(as: Event.self) {
  for event in batch { print("started:", event.pid) }
}
// snippet.end

// snippet.Events
/// Prints executions and other messages until an error occurs.
func watch(_ executions: MapHandle, _ messages: MapHandle) throws {
  let poller = try RingPoller([
    .init(executions, as: Event.self) { event in print("started:", event.pid) },
    .init(messages) { bytes in print(bytes.byteCount, "bytes") },
  ])
  while try poller.poll() > 0 {}
}
// snippet.end

// snippet.Events
/// Prints the latest records in a ring buffer that programs overwrite.
func dump(_ history: MapHandle) throws {
  let recorder = try OverwritingRingBuffer(history)
  try recorder.consume { record in
    switch record {
    case .sample(let bytes): print(bytes.byteCount, "bytes")
    case .overwritten(let byteCount): print("\(byteCount) bytes were overwritten")
    }
  }
}
// snippet.end

// snippet.Events
/// Prints the latest records of each CPU.
func dump(_ recorder: OverwritingPerfBuffer) throws {
  try recorder.pause()
  try recorder.consume { record in
    if case .sample(let cpu, let bytes) = record { print("CPU \(cpu):", bytes.byteCount, "bytes") }
  }
  try recorder.resume()
}
// snippet.end
let samples = try MapHandle(type: .perfEventArray, name: "samples", keySize: 4, valueSize: 4, maxEntries: 8)
try dump(OverwritingPerfBuffer(samples))

// snippet.Events
struct Request: BitwiseCopyable {
  var pid: UInt32
  var isLast: Bool
}

let map = try MapHandle(type: .userRingBuf, name: "requests", keySize: 0, valueSize: 0, maxEntries: 65536)
let requests = try UserRingBuffer(map)
if try !requests.send(Request(pid: 4711, isLast: true)) { print("the buffer is full until programs read it") }
// snippet.end
