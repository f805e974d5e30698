//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The C library's epoll(7) and eventfd(2), which Swift's overlay of it leaves out. These are the library's own
/// declarations: unlike those of bpf(2), they have been everywhere for long.

#ifndef LINUX_WAITING_H
#define LINUX_WAITING_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// What is waited for, and how. `EPOLL*` of the C library, as numbers that Swift can combine.
static const uint32_t linux_epoll_readable = EPOLLIN;
static const uint32_t linux_epoll_writable = EPOLLOUT;
static const uint32_t linux_epoll_edge = EPOLLET;
static const uint32_t linux_epoll_once = EPOLLONESHOT;
static const int linux_epoll_close_on_exec = EPOLL_CLOEXEC;
static const int linux_eventfd_flags = EFD_CLOEXEC | EFD_NONBLOCK;

#endif
