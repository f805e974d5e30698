#pragma once

/// Lays a virtual cable between two network namespaces that it makes: a veth pair, both ends up.
///
/// The calling thread is in one of them from now on, where its end has the name `here`. The other has no thread in it, and
/// no IPv4 and IPv6 of its own: nothing goes through the cable to `here` but the frames that are sent on the socket. The
/// namespaces and the cable go with the thread and the socket.
///
/// Returns a packet socket, to send frames on that come out `here`; else an errno, negated.
int lay_virtual_cable(const char *here);
