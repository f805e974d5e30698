//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc
import SystemPackage

// Runs all checks:  check FOLDER-OF-PROGRAMS
let programs = Programs(folder: FilePath(CommandLine.arguments.dropFirst().first ?? "/"))
print("pages of \(pageSize) bytes")
let outcomes = (Check.maps + Check.events(programs) + Check.links(programs) + Check.probes(programs)).map {
  $0.run()
}
func count(_ outcome: Check.Outcome) -> Int { outcomes.count { $0 == outcome } }
print("\(count(.passed)) passed, \(count(.skipped)) skipped, \(count(.failed)) failed")
exit(count(.failed) == 0 ? 0 : 1)
