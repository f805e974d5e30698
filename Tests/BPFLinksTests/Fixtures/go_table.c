// A file with the function table of Go programs. FORM is the minor Go version that introduced the format: 2, 16, 18 or
// 20.
// With TEXT, the table contains the start of the instructions; with MODULE, another section does.

#if FORM == 2
#define MAGIC "0xfffffffb"
#elif FORM == 16
#define MAGIC "0xfffffffa"
#elif FORM == 18
#define MAGIC "0xfffffff0"
#else
#define MAGIC "0xfffffff1"
#endif

#ifdef TEXT
#define START "go_text"
#else
#define START "0"
#endif

// Entries with 32-bit offsets, or with addresses.
#if FORM >= 18
#define ENTRY(function, name) ".4byte " function " - go_text, " name " - functions\n"
#define FUNCTION(function, name) ".4byte " function " - go_text, " name " - names\n"
#else
#define ENTRY(function, name) ".8byte " function ", " name " - functions\n"
#define FUNCTION(function, name) ".8byte " function "\n.4byte " name " - names\n"
#endif

// Never called; only the location matters.
__asm__(
    ".text\n.balign 64\n"
#ifdef OTHERS
    // Data that a C linker puts before the functions.
    ".skip 96\n"
#endif
    "go_text: nop\nnop\n"
    ".globl go_first, go_second\n.type go_first, %function\n.type go_second, %function\n"
    // The table uses local labels, which no other file can override.
    "go_first: first_code: nop\nnop\nnop\nnop\n.size go_first, . - go_first\n"
    "go_second: second_code: nop\nnop\n.size go_second, . - go_second\n"
    "go_end:\n");

__asm__(
    ".pushsection " SECTION ", \"" FLAGS "\", %progbits\n.balign 32\n"
#ifdef OTHERS
    ".8byte 1, 0xfffffff1, 0, 0\n"
#endif
    "go_table: .4byte " MAGIC "\n.byte 0, 0, 1, 8\n"
#if FORM == 2
    "functions = go_table\nnames = go_table\n"
    ".8byte 2\n"
#elif FORM == 16
    ".8byte 2, 0, names - go_table, 0, 0, 0, functions - go_table\nnames:\n"
#else
    ".8byte 2, 0, " START ", names - go_table, 0, 0, 0, functions - go_table\nnames:\n"
#endif
#if FORM != 2
    "first_name: .asciz \"main.first\"\nsecond_name: .asciz \"main.(*Type[go.shape.int]).second\"\n.balign 8\nfunctions:\n"
#endif
    ENTRY("first_code", "first") ENTRY("second_code", "second")
#if FORM >= 18
    ".4byte go_end - go_text\n"
#else
    ".8byte go_end\n"
#endif
    "first: " FUNCTION("first_code", "first_name")
    "second: " FUNCTION("second_code", "second_name")
#if FORM == 2
    "first_name: .asciz \"main.first\"\nsecond_name: .asciz \"main.(*Type[go.shape.int]).second\"\n"
#endif
    ".skip 16\n.popsection\n");

#ifdef MODULE
__asm__(
    ".pushsection .go.module, \"aw\", %progbits\n.balign 8\n"
    ".8byte go_table\n.skip 19 * 8\n.8byte first_code, go_end, go_text, 0\n.popsection\n");
#endif

#ifdef OTHERS
__asm__(".pushsection .go.buildinfo, \"a\", %progbits\n.8byte 0\n.popsection\n");
#endif
