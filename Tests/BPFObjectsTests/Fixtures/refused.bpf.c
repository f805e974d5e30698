// A program that reads where it may not.
__attribute__((section("tc"), used)) int refused(void *context) {
  volatile int *address = 0;
  return *address;
}

char _license[] __attribute__((section("license"), used)) = "GPL";
