//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A part of an object that has a name in it.
public protocol NamedElement: Sendable {
  /// The name.
  var name: String { get }
}

/// The parts of one kind in an object: in the file's order, and each found by its name.
///
/// ```swift
/// var file = try ObjectFile("counter.bpf.o")
/// file.maps["hits"]?.maxEntries = 10
/// for program in file.programs { print(program.name, program.type) }
/// ```
///
/// Of elements with the same name, which only static variables may have, the name finds the first.
public struct NamedCollection<Element: NamedElement>: RandomAccessCollection, Sendable {
  private var elements: [Element]

  /// Where the first element with a name is.
  private var places: [String: Int]

  init(_ elements: [Element] = []) {
    (self.elements, places) = (elements, NamedCollection.places(of: elements))
  }

  private static func places(of elements: [Element]) -> [String: Int] {
    // By indices: elements would be copied to be looked at.
    Dictionary(elements.indices.lazy.map { (elements[$0].name, $0) }) { first, _ in first }
  }

  /// Where the first element is: 0.
  public var startIndex: Int { 0 }

  /// The index after that of the last element.
  public var endIndex: Int { elements.count }

  /// The element at an index, which must be there.
  public subscript(position: Int) -> Element {
    get { elements[position] }
    _modify { yield &elements[position] }
  }

  /// The element with a name; nil if there is none. In constant time.
  ///
  /// Assigning an element puts it in the place of the one with that name, or at the end if there is none. Assigning nil
  /// takes it out, in a time that grows with the number of elements.
  public subscript(name: String) -> Element? {
    get { places[name].map { elements[$0] } }
    set {
      switch (places[name], newValue) {
      case (let place?, let element?):
        elements[place] = element
        if element.name != name { places = NamedCollection.places(of: elements) }
      case (let place?, nil):
        elements.remove(at: place)
        places = NamedCollection.places(of: elements)
      case (nil, let element?): append(element)
      case (nil, nil): break
      }
    }
  }

  /// The index of the first element with a name; nil if there is none. In constant time.
  public func index(named name: String) -> Int? { places[name] }

  /// The names, in the order of the elements.
  public var names: [String] { elements.map(\.name) }

  mutating func append(_ element: Element) {
    if places[element.name] == nil { places[element.name] = elements.count }
    elements.append(element)
  }
}
