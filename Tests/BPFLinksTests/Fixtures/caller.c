// Calls functions of the library at a path, or with a name, repeatedly.
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **arguments) {
  // Ends by itself if nothing else ends it.
  alarm(300);
  void *library = count > 1 ? dlopen(arguments[1], RTLD_NOW) : NULL;
  if (library == NULL) return fprintf(stderr, "%s\n", dlerror());
  int (*sum)(int, int) = (int (*)(int, int))dlsym(library, "probed_sum");
  void (*twice)(int) = (void (*)(int))dlsym(library, "probed_twice");
  if (sum == NULL || twice == NULL) return 1;
  for (;;) {
    sum(3, 4);
    twice(9);
    usleep(1000);
  }
}
