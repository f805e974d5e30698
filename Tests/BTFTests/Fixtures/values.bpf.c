//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Two maps. Values of `plain` have members of each kind that bpftool formats correctly, those of `odd` of the others:
// bit-fields, 128-bit integers, and numbers without an enumerator.

typedef unsigned char u8;
typedef short s16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;

enum color { RED, GREEN = 5, BLUE = 7 };
enum sign { MINUS = -3, NONE = 0 };
enum large { LARGE = 0x123456789abcdefULL };

struct inner {
  s16 a;
  char name[8];
};

struct plain {
  u32 count;
  s32 delta;
  u64 total;
  _Bool flag;
  struct inner inner[2];
  union {
    u32 x;
    u8 bytes[4];
  } u;
  const volatile void *pointer;
  u8 raw[3];
  char text[4];
  u32 matrix[2][2];
};

struct odd {
  enum color color;
  enum sign sign;
  enum large large;
  u32 b1 : 3;
  s32 b2 : 5;
  enum color b3 : 4;
  u64 b4 : 40;
  struct {
    u32 nameless;
    union {
      u8 low;
      u32 high;
    };
  };
  double d;
  float f;
  unsigned __int128 wide;
  __int128 deep;
};

#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name

struct {
  __uint(type, 2);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct plain);
} plain_values __attribute__((section(".maps"), used));

struct {
  __uint(type, 2);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, struct odd);
} odd_values __attribute__((section(".maps"), used));

char LICENSE[] __attribute__((section("license"), used)) = "Apache-2.0";

__attribute__((section("socket"), used)) int program(void *context) { return 0; }
