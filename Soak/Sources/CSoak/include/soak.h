// System calls for the soak that Swift does not offer.
#pragma once

/// Moves the process to a network namespace whose loopback interface is up, and mounts a BPF file system at `directory`
/// that no other process sees. Call it before a second thread starts. Returns 0, or a negative error number.
int soak_isolate(const char *directory);

/// Pins the calling thread to a CPU.
void soak_run_on(int cpu);

/// Returns a socket that sends packets to itself over the loopback interface, or a negative error number.
int soak_socket_open(void);

/// Sends a packet.
void soak_socket_send(int socket);

/// Makes a system call that does nothing else.
void soak_call(void);

/// The function that uprobes attach to.
int soak_probe(int number);
