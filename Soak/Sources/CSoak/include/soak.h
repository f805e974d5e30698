// What the soak needs of the system that Swift does not offer.
#pragma once

/// Gives the process a network of its own, whose loopback interface is up, and a BPF file system at `directory` that no
/// other process sees. To be called before there is a second thread. Returns 0, or a negative error number.
int soak_isolate(const char *directory);

/// Keeps the calling thread on a CPU.
void soak_run_on(int cpu);

/// A socket that sends packets to itself over the loopback interface; or a negative error number.
int soak_socket_open(void);

/// Sends a packet.
void soak_socket_send(int socket);

/// Enters the kernel by a system call that does nothing else.
void soak_call(void);

/// What is probed.
int soak_probe(int number);
