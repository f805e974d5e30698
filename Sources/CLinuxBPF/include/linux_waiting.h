//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The C library's epoll(7) and eventfd(2), which Swift's modules of C libraries lack. The declarations are the C
/// library's: unlike those of bpf(2), they have long been available everywhere.

#ifndef LINUX_WAITING_H
#define LINUX_WAITING_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// Event flags: `EPOLL*` of the C library, as numbers that Swift can combine.
static const uint32_t linux_epoll_readable = EPOLLIN;
static const uint32_t linux_epoll_writable = EPOLLOUT;
static const uint32_t linux_epoll_edge = EPOLLET;
static const uint32_t linux_epoll_once = EPOLLONESHOT;
static const int linux_epoll_close_on_exec = EPOLL_CLOEXEC;
static const int linux_eventfd_flags = EFD_CLOEXEC | EFD_NONBLOCK;

#endif
