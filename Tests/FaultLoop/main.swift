//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Fails every system call of a scenario in turn:
//
//     FaultLoop SCENARIO DIRECTORY-ON-A-BPF-FILE-SYSTEM DIRECTORY-WITH-OBJECTS [--messages]
//
// Exits with 1 if a failure was not reported, or left something behind.

import BPF
import KernelFixtures

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

let arguments = CommandLine.arguments
guard arguments.count >= 4, let scenario = Scenario.all.first(where: { $0.name == arguments[1] })
else {
  print("scenarios: \(Scenario.all.map(\.name))")
  exit(64)
}
let surroundings = Surroundings(
  pins: FilePath(arguments[2]), objects: FilePath(arguments[3]), types: try FixtureDescriptor.btf())
let summary = FaultLoop(scenario: scenario, surroundings: surroundings).run()
if arguments.contains("--messages") { for message in summary.messages { print(message) } }
for problem in summary.problems { print("PROBLEM \(problem)") }
print(
  "\(scenario.name): \(summary.calls) calls failed in \(summary.runs) ways, \(summary.tolerated) tolerated")
exit(summary.problems.isEmpty && summary.calls > 0 ? 0 : 1)
