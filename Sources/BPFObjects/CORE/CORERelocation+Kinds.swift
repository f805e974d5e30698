//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension CORERelocation.Kind {
  /// What a relocation is about.
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

  /// What the answer is where what is asked about is not there; nil if there is no answer then.
  ///
  /// A type that is not there has the size 0 and the number 0, so that a program can ask for these without asking
  /// before whether it is there.
  var valueIfMissing: UInt64? {
    switch self {
    case .fieldExists, .enumeratorExists, .typeExists, .typeMatches, .typeByteSize, .typeIDTarget: 0
    default: nil
    }
  }

  /// The name that the field has for it.
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
