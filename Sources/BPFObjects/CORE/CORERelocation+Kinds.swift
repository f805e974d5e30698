//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension CORERelocation.Kind {
  /// The subject of a relocation.
  enum Subject {
    case field
    case type
    case enumerator
  }

  var subject: Subject {
    switch self {
    case .fieldByteOffset, .fieldByteSize, .fieldExists, .fieldIsSigned, .fieldLeftShift, .fieldRightShift:
      .field
    case .typeIDLocal, .typeIDTarget, .typeExists, .typeByteSize, .typeMatches: .type
    case .enumeratorExists, .enumeratorValue: .enumerator
    }
  }

  /// The value for a missing subject; nil if there is none.
  ///
  /// A missing type has size 0 and id 0, so programs can ask for these without an existence check.
  var valueIfMissing: UInt64? {
    switch self {
    case .fieldExists, .enumeratorExists, .typeExists, .typeMatches, .typeByteSize, .typeIDTarget: 0
    default: nil
    }
  }

  /// The conventional label, as in libbpf's messages.
  var label: String {
    switch self {
    case .fieldByteOffset: "byte_off"
    case .fieldByteSize: "byte_sz"
    case .fieldExists: "field_exists"
    case .fieldIsSigned: "signed"
    case .fieldLeftShift: "lshift_u64"
    case .fieldRightShift: "rshift_u64"
    case .typeIDLocal: "local_type_id"
    case .typeIDTarget: "target_type_id"
    case .typeExists: "type_exists"
    case .typeByteSize: "type_size"
    case .enumeratorExists: "enumval_exists"
    case .enumeratorValue: "enumval_value"
    case .typeMatches: "type_matches"
    }
  }
}
