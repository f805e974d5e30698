#pragma once

/// Creates a virtual cable between two new network namespaces: a veth pair with both ends up.
///
/// Moves the calling thread into one of them, where its end is named `here`. The other has no threads, and no IPv4 and
/// IPv6 addresses, so that `here` receives only frames sent on the socket. The namespaces and the cable exist as long
/// as the thread and the socket.
///
/// Returns a packet socket whose frames arrive at `here`, or a negative errno.
int lay_virtual_cable(const char *here);
