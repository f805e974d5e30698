// A program with an invalid read.
__attribute__((section("tc"), used)) int refused(void *context) {
  volatile int *address = 0;
  return *address;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
