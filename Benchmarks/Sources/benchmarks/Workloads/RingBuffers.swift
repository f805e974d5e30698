//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import CReference
internal import Synchronization

extension Workload {
  /// Reads a full ring buffer, compared with libbpf. Filling it is not measured.
  static var ringBuffers: [Workload] { [ring("consume-64-bytes", 16384)] }

  private static func ring(_ operation: String, _ count: Int) -> Workload {
    var workload = whole("ring", operation, count) {
      let map = try MapHandle(type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: 2 << 20)
      let counter = try ArrayMap<UInt64>(maxEntries: 1)
      let ring = try RingBuffer(map)
      let program = map.withFileDescriptor { map in
        counter.handle.withFileDescriptor { ring_program(map.rawValue, $0.rawValue) }
      }
      let theirs = map.withFileDescriptor { libbpf_ring($0.rawValue) }
      let executor = ThreadExecutor()
      func fill() throws {
        try counter.update(0, to: 0)
        ring_fill(program, UInt32(count))
      }
      return [
        Implementation("libbpf", prepare: fill) { _ in libbpf_consume(theirs) },
        Implementation("consume", prepare: fill) { _ in
          var sum: UInt64 = 0
          try ring.consume { record in
            if record.byteCount == 64 { sum += unsafe record.unsafeLoad(as: UInt64.self) }
          }
          return sum
        },
        Implementation("consume(as:)", prepare: fill) { _ in
          var sum: UInt64 = 0
          try ring.consume(as: Event.self) { sum += $0.number }
          return sum
        },
        Implementation("events(as:)", prepare: fill) { _ in
          try executor.run {
            var (sum, read): (UInt64, Int) = (0, 0)
            for try await event in ring.events(as: Event.self) {
              sum += event.number
              read += 1
              if read == count { break }
            }
            return sum
          }
        },
        Implementation("batches(as:)", prepare: fill) { _ in
          try executor.run {
            var (sum, read): (UInt64, Int) = (0, 0)
            for try await batch in ring.batches(as: Event.self) {
              for event in batch {
                sum += event.number
                read += 1
              }
              if read == count { break }
            }
            return sum
          }
        },
      ]
    }
    if libbpf_has_ring_buffers() == 0 { workload.obstacle = "libbpf.so.1 is not installed" }
    return workload
  }
}

/// A 64-byte record.
private struct Event: BitwiseCopyable {
  var number: UInt64
  var rest: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
}

/// Runs tasks on the thread that waits for them, so that its time can be measured.
final class ThreadExecutor: TaskExecutor {
  private let jobs = Mutex<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  /// Runs a task to completion.
  func run<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) throws -> R {
    let outcome = Outcome<R>()
    Task(executorPreference: self) {
      do { outcome.set(.success(try await body())) } catch { outcome.set(.failure(error)) }
    }
    while true {
      if let outcome = outcome.get() { return try outcome.get() }
      jobs.withLock { $0.popLast() }?.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  private final class Outcome<R: Sendable>: Sendable {
    private let result = Mutex<Result<R, any Error>?>(nil)
    func set(_ value: Result<R, any Error>) { result.withLock { $0 = value } }
    func get() -> Result<R, any Error>? { result.withLock { $0 } }
  }
}
