//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

@testable import BPFMaps

@Suite("Parsing of fdinfo")
struct MapDescriptorInfoParsingTests {
  @Test("Parses every field, and memory beyond 4 GiB")
  func full() {
    let info = MapDescriptorInfo(
      parsing: """
        pos:\t0
        flags:\t02000002
        mnt_id:\t15
        ino:\t1057
        map_type:\t3
        key_size:\t4
        value_size:\t4
        max_entries:\t4294967295
        map_flags:\t0x4
        map_extra:\t0xffffffff00000000
        memlock:\t17179869408
        map_id:\t12
        frozen:\t1
        owner_prog_type:\t6
        owner_jited:\t1

        """)
    #expect(info.position == 0)
    #expect(info.openFlags == 0o2000002)
    #expect(info.mountID == 15)
    #expect(info.inode == 1057)
    #expect(info.type == .programArray)
    #expect(info.keySize == 4)
    #expect(info.valueSize == 4)
    #expect(info.maxEntries == 4_294_967_295)
    #expect(info.flags == .numaNode)
    #expect(info.extra == 0xffff_ffff_0000_0000)
    #expect(info.memlock == 17_179_869_408)
    #expect(info.id == 12)
    #expect(info.isFrozen == true)
    #expect(info.ownerProgramType == 6)
    #expect(info.ownerIsJITed == true)
  }

  @Test("A missing or malformed field is nil")
  func partial() {
    let info = MapDescriptorInfo(parsing: "memlock:\tmuch\nfrozen:\t0\nnews:\t1\nnonsense\n")
    #expect(info.memlock == nil)
    #expect(info.isFrozen == false)
    #expect(info.id == nil)
    #expect(info.ownerIsJITed == nil)
    #expect(MapDescriptorInfo(parsing: "") == MapDescriptorInfo(parsing: "\n\n"))
  }
}
