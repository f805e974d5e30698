//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
public import SystemPackage

extension Errno {
  /// The kernel's internal "not supported" (`ENOTSUPP`, 524): maps of this type do not have the operation.
  ///
  /// bpf(2) returns it although it is not meant for user space, and no C library names it.
  public static var notSupportedByKernel: Errno { Errno(rawValue: LINUX_ENOTSUPP) }

  /// The message and the name, such as `argument list too long (E2BIG)`.
  package var explained: String {
    let text = self == .notSupportedByKernel ? "operation not supported" : description
    return "\(text.prefix(1).lowercased())\(text.dropFirst()) (\(symbol))"
  }

  /// The constant's name in C, such as `E2BIG`; `errno` and the number if it has none.
  package var symbol: String {
    if self == .notSupportedByKernel { return "ENOTSUPP" }
    let names = Errno.symbols
    let index = Int(rawValue) - 1
    return names.indices.contains(index) && names[index] != "-" ? String(names[index]) : "errno \(rawValue)"
  }

  /// The names of the numbers from 1, from `asm-generic/errno.h`; a dash for an unused number.
  private static var symbols: [Substring] {
    """
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY
    EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK
    EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG EL2NSYNC
    EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT - EBFONT ENOSTR
    ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG
    EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE
    EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP
    EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED
    ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH
    EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE
    ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON
    """.split(whereSeparator: \.isWhitespace)
  }
}
