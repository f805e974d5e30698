//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
public import SystemPackage

extension RingBuffer {
  /// A descriptor that is readable while a ring has unread data, for an event loop of your own or of another library.
  ///
  /// ```swift
  /// import Dispatch
  ///
  /// let ring = try RingBuffer(MapHandle(pinnedAt: "/sys/fs/bpf/events"))
  /// let source = DispatchSource.makeReadSource(fileDescriptor: try ring.eventDescriptor.rawValue)
  /// source.setEventHandler { _ = try? ring.consume { record in print(record.byteCount) } }
  /// source.activate()
  /// ```
  ///
  /// It is an epoll instance, and level-triggered: wait for it with poll(2), epoll(7) or what is built on them, then call
  /// `consume(limit:_:)`. A record that a program has reserved but not submitted is unread data, too, so `consume` may
  /// find none. ``close()`` does not make it readable.
  ///
  /// The buffer owns the descriptor and closes it when the last reference is released: keep the buffer for as long as the
  /// loop waits, and do not close or read the descriptor. It is always the same one. Use only `consume` while a loop
  /// waits for it.
  ///
  /// System calls: at the first call epoll_create1(2), and epoll_ctl(2) for each map; later none.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.outOfResources`.
  public var eventDescriptor: FileDescriptor {
    get throws(BPFError) {
      do throws(Errno) {
        return try lentDescriptor.get { (add) throws(Errno) in
          for map in maps { try map.withFileDescriptor { (map) throws(Errno) in try add(map) } }
        }
      } catch {
        throw BPFError.waiting(for: maps[0], error)
      }
    }
  }
}

extension PerfBuffer {
  /// A descriptor that becomes readable when the kernel wakes a reader, for an event loop of your own or of another
  /// library. The buffer owns it. See ``RingBuffer/eventDescriptor``.
  ///
  /// The kernel wakes a reader as ``wakeUp`` says, and reports each wake-up once: read with `consume(limit:_:)` until
  /// nothing is left.
  ///
  /// System calls: at the first call epoll_create1(2), and epoll_ctl(2) for each CPU; later none.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.outOfResources`.
  public var eventDescriptor: FileDescriptor {
    get throws(BPFError) {
      do throws(Errno) {
        return try lentDescriptor.get { (add) throws(Errno) in
          for ring in rings { try ring.withEvent(add) }
        }
      } catch {
        throw BPFError.waiting(for: map, error)
      }
    }
  }
}
