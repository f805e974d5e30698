//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An object part with a name.
public protocol NamedElement: Sendable {
  /// The name.
  var name: String { get }
}

/// The parts of one kind in an object, in the file's order, with look-up by name.
///
/// ```swift
/// var file = try ObjectFile("counter.bpf.o")
/// file.maps["hits"]?.maxEntries = 10
/// for program in file.programs { print(program.name, program.type) }
/// ```
///
/// Only static variables may share a name; a look-up then finds the first.
public struct NamedCollection<Element: NamedElement>: RandomAccessCollection, Sendable {
  private var elements: [Element]

  /// The index of the first element with each name.
  private var places: [String: Int]

  init(_ elements: [Element] = []) {
    (self.elements, places) = (elements, NamedCollection.places(of: elements))
  }

  private static func places(of elements: [Element]) -> [String: Int] {
    // Iterates by index, since iterating over elements copies them.
    Dictionary(elements.indices.lazy.map { (elements[$0].name, $0) }) { first, _ in first }
  }

  /// The index of the first element: 0.
  public var startIndex: Int { 0 }

  /// The index after the last element.
  public var endIndex: Int { elements.count }

  /// The element at an index, which must be in bounds.
  public subscript(position: Int) -> Element {
    get { elements[position] }
    _modify { yield &elements[position] }
  }

  /// The element with the given name, or nil. Look-up takes constant time.
  ///
  /// Assigning an element replaces the one with that name, or appends it. Assigning nil removes the element in linear
  /// time.
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

  /// Returns the index of the first element with the given name, or nil. Takes constant time.
  public func index(named name: String) -> Int? { places[name] }

  /// The names, in the order of the elements.
  public var names: [String] { elements.map(\.name) }

  mutating func append(_ element: Element) {
    if places[element.name] == nil { places[element.name] = elements.count }
    elements.append(element)
  }
}
