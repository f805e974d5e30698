//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("The tour")
struct TourTests {
  /// Returns the mounts on /sys/fs/bpf in this namespace.
  private func mountsForPins() throws -> [Substring] {
    try Command.run("cat", ["/proc/self/mounts"]).standardOutput.split(separator: "\n")
      .filter { $0.contains(" /sys/fs/bpf ") }
  }

  /// Returns the ids of the maps in a tour's output.
  private func ids(in text: String) -> Set<UInt32> {
    Set(text.matches(of: /\(id (\d+)/).compactMap { UInt32($0.1) })
  }

  @Test("All checks of two concurrent tours pass, and no maps or mounts remain", .kernel)
  func twoAtOnce() throws {
    let mounts = try mountsForPins()
    let script = "\"$0\" tour > /dev/stderr & \"$0\" tour; first=$?; wait $! && exit $first"
    let tours = try Command.run("bash", ["-c", script, Tool.path])
    #expect(tours.status == 0)
    for text in [tours.standardOutput, tours.standardError] {
      #expect(text.contains("All checks passed"))
      #expect(!text.contains("FAILED"))
      // Errors from the running kernel.
      #expect(text.contains("the map is full (max_entries 1)"))
      #expect(text.contains("the map is frozen"))
      #expect(ids(in: text).count == 3)
      for id in ids(in: text) { #expect(RawMap.isFreed(id: id), "map \(id) still exists") }
    }
    #expect(ids(in: tours.standardOutput).isDisjoint(with: ids(in: tours.standardError)))
    #expect(try mountsForPins() == mounts)
  }

  @Test("Each step in JSON contains its result", .kernel)
  func json() throws {
    let tour = try Tool.json("tour")
    #expect(tour["held"] == .bool(true))
    #expect(tour["steps"].array.count == 11)
    #expect(tour["steps"].array.allSatisfy { $0["held"] == .bool(true) && !$0["lines"].array.isEmpty })
  }

  @Test("No maps or mounts remain if the tour is killed", .kernel)
  func killed() throws {
    let mounts = try mountsForPins()
    let script = """
      exec 3< <(exec "$0" tour); tour=$!
      while read -r line <&3; do
        echo "$line"
        case $line in 7.*) kill -KILL "$tour"; break;; esac
      done
      wait "$tour"; echo "status $?"
      """
    let command = try Command.run("bash", ["-c", script, Tool.path])
    #expect(command.standardOutput.contains("status 137"))
    #expect(!ids(in: command.standardOutput).isEmpty)
    for id in ids(in: command.standardOutput) { #expect(RawMap.isFreed(id: id), "map \(id) still exists") }
    #expect(try mountsForPins() == mounts)
  }

  @Test("Runs in a chroot whose root is not a mount, if /sys is one there", .kernel)
  func chroot() throws {
    // Has the machine's files: as links, or as mounts.
    let root = """
      root=$(mktemp -d)
      trap 'rmdir "$root"/* 2>/dev/null; rm -f "$root"/*; rmdir "$root"' EXIT
      for file in /*; do
        if [ -L "$file" ]; then cp -P "$file" "$root"
        elif [ -d "$file" ]; then mkdir "$root$file"; fi
      done
      (for folder in "$root"/*/; do
        [[ " $1 " = *" ${folder##"$root"/} "* ]] || mount --rbind "${folder#"$root"}" "$folder"
      done
      chroot "$root" "$0" tour)
      status=$?
      umount -R -l "$root"/*/ 2>/dev/null
      exit $status
      """
    let mounts = try mountsForPins()
    let tour = try Tool.runScript(root, "")
    #expect(tour.status == 0, "\(tour.standardError)")
    #expect(tour.standardOutput.contains("All checks passed"))
    let bare = try Tool.runScript(root, "sys/")
    #expect(bare.status == 1)
    #expect(bare.standardError.contains("neither / nor /sys is a mount (EINVAL): mount sysfs on /sys"))
    #expect(try mountsForPins() == mounts)
  }

  @Test("The error without privileges names the required ones", .kernel)
  func unprivileged() throws {
    let drop = ["--reuid", "65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    let command = try Command.run("setpriv", drop + [Tool.path, "tour"])
    #expect(command.status == 1)
    #expect(command.standardError.contains("root") && command.standardError.contains("CAP_SYS_ADMIN"))
    let json = try Command.run("setpriv", drop + [Tool.path, "tour", "--json"])
    #expect(try JSON(parsing: json.standardOutput)["error"].string?.contains("root") == true)
  }
}
