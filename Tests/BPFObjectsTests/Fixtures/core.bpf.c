// CO-RE relocations of every kind.
typedef unsigned int __u32;
typedef unsigned long long __u64;

#define SEC(name) __attribute__((section(name), used))

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct inner {
  int numbers[4];
};
struct outer {
  __u64 first;
  struct inner inner;
  __u32 wide : 20, narrow : 5;
};
#pragma clang attribute pop
enum color { RED = 1, GREEN = 5 };

__u64 answers[12];

SEC("raw_tp/sched_switch") int ask(struct outer *outer) {
  answers[0] = __builtin_preserve_field_info(outer->inner.numbers[2], 0);
  answers[1] = __builtin_preserve_field_info(outer->narrow, 1);
  answers[2] = __builtin_preserve_field_info(outer->first, 2);
  answers[3] = __builtin_preserve_field_info(outer->narrow, 3);
  answers[4] = __builtin_preserve_field_info(outer->narrow, 4);
  answers[5] = __builtin_preserve_field_info(outer->narrow, 5);
  answers[6] = __builtin_btf_type_id(*(struct outer *)0, 0);
  answers[7] = __builtin_btf_type_id(*(struct outer *)0, 1);
  answers[8] = __builtin_preserve_type_info(*(struct outer *)0, 0);
  answers[9] = __builtin_preserve_type_info(*(struct outer *)0, 1);
  answers[10] = __builtin_preserve_enum_value(*(enum color *)GREEN, 0);
  answers[11] = __builtin_preserve_enum_value(*(enum color *)GREEN, 1);
  return __builtin_preserve_type_info(*(struct outer *)0, 2);
}

char _license[] SEC("license") = "GPL";
