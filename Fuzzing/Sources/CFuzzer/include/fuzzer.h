// libFuzzer's interface for programs that start it themselves: compiler-rt/lib/fuzzer/FuzzerInterface.h.
#ifndef FUZZER_H
#define FUZZER_H

#include <stddef.h>
#include <stdint.h>

// Runs the fuzzer with the arguments, and the callback on each input. Returns the exit status.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

// Mutates bytes as libFuzzer does by default. Returns the new size, at most max_size.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
