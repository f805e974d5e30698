//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

@_exported public import BPFEvents
@_exported public import BPFInstructions
@_exported public import BPFLinks
@_exported public import BPFMaps
@_exported public import BPFObjects
@_exported public import BPFSyscall
@_exported public import BTF
@_exported public import NetworkTypes
@_exported public import struct SystemPackage.Errno
@_exported public import struct SystemPackage.FileDescriptor
@_exported public import struct SystemPackage.FilePath
