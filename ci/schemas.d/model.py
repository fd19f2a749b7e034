"""What is compared: namespaces with their elements and types. Both readers make it, each from its own kind of file.

A name is a pair of namespace URI and local name. `where` is the place in a file, for people.
"""

from dataclasses import dataclass, field
from typing import Optional

XS = "http://www.w3.org/2001/XMLSchema"


@dataclass
class Particle:
    """A part of what stands inside an element."""

    kind: str  # element, global, any, sequence, choice
    where: str
    occurs: tuple = (1, 1)  # at least, at most; None is unbounded
    name: object = None  # local for `element`, a pair for `global`
    type: Optional[tuple] = None
    parts: list = field(default_factory=list)


@dataclass
class Attribute:
    type: tuple
    required: bool
    where: str


@dataclass
class Type:
    kind: str  # complex, simple, enumeration
    where: str
    base: Optional[tuple] = None
    abstract: bool = False
    mixed: bool = False
    text: Optional[tuple] = None
    attributes: dict = field(default_factory=dict)
    parts: list = field(default_factory=list)
    facets: dict = field(default_factory=dict)
    values: list = field(default_factory=list)


@dataclass
class Element:
    """A global element."""

    type: tuple
    abstract: bool
    head: Optional[tuple]
    where: str


@dataclass
class Namespace:
    uri: str
    where: str
    qualified_elements: bool = False
    qualified_attributes: bool = False
    elements: dict = field(default_factory=dict)
    types: dict = field(default_factory=dict)


def globals_of(namespaces):
    """The global elements of a set as EXI numbers them: by local name, then by namespace."""
    return sorted((local, namespace.uri) for namespace in namespaces for local in namespace.elements)


def names_of(namespaces):
    """Every element name of a set, global or local, in the same order."""
    names = set(globals_of(namespaces))

    def walk(parts, uri):
        for part in parts:
            if part.kind == "element":
                names.add((part.name, uri))
            walk(part.parts, uri)

    for namespace in namespaces:
        for kind in namespace.types.values():
            walk(kind.parts, namespace.uri if namespace.qualified_elements else "")
    return sorted(names)
