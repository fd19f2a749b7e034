"""Reads the descriptions of charger/iso15118/schemas. Their form stands in charger/exi/compiler/src/text.rs; this reader shares
no line with that one, and is stricter: what stands beside each other has the same indent.
"""

from functools import lru_cache

from model import XS, Attribute, Element, Namespace, Particle, Type

# The types of XML Schema that a description may name without a namespace.
BUILT_IN = frozenset(
    "boolean byte short int long unsignedByte unsignedShort unsignedInt unsignedLong integer string anyURI ID IDREF"
    " hexBinary base64Binary".split())
SIGNS = {"?": (0, 1), "*": (0, None), "+": (1, None)}


class NotADescription(Exception):
    """A line that cannot be read. Its text begins with the place."""


class Line:
    """A line, and those that stand further in below it."""

    def __init__(self, file, number, text):
        self.where = f"{file}:{number}"
        self.indent = len(text) - len(text.lstrip())
        self.text = text.strip()
        self.words = self.text.split()
        self.below = []

    def wrong(self, expected):
        return NotADescription(f"{self.where}: `{self.text}`: expected {expected}")


@lru_cache(maxsize=64)
def lines_of(file, text):
    """The lines without indent, each with its own below it. Several sets read the same file."""
    top, path = [], []
    for number, content in enumerate(text.splitlines(), 1):
        line = Line(file, number, content)
        if not line.text or line.text.startswith("#"):
            continue
        while path and path[-1].indent >= line.indent:
            path.pop()
        beside = path[-1].below if path else top
        if beside and beside[0].indent != line.indent or not path and line.indent:
            raise line.wrong("the indent of its neighbours")
        beside.append(line)
        path.append(line)
    return top


def read(files):
    """The namespaces of a set, by URI, from its files: pairs of name and text."""
    sections, shorts = [], {}
    for file, text in files:
        section = None
        for line in lines_of(file, text):
            if line.words[0] == "namespace":
                if len(line.words) != 3 or line.below:
                    raise line.wrong("namespace SHORT URI")
                _, short, uri = line.words
                if short in shorts or uri in shorts.values():
                    raise line.wrong("a namespace that was not described before")
                shorts[short] = uri
                section = (uri, line, [])
                sections.append(section)
            elif section is None:
                raise line.wrong("namespace SHORT URI")
            else:
                section[2].append(line)
    return {uri: Reader(uri, head, lines, shorts).namespace for uri, head, lines in sections}


class Reader:
    """One namespace."""

    def __init__(self, uri, head, lines, shorts):
        self.shorts = shorts
        self.namespace = Namespace(uri, head.where)
        self.described = {line.words[1] for line in lines if line.words[0] in ("type", "simple", "enum") and line.words[1:]}
        for line in lines:
            self.declaration(line)

    def name(self, line, text):
        """A type or an element: of this namespace, of XML Schema, or `SHORT.NAME`."""
        short, dot, local = text.partition(".")
        if dot:
            if short not in self.shorts or not local:
                raise line.wrong(f"a namespace of this set before the dot of `{text}`")
            return self.shorts[short], local
        if text not in self.described and text in BUILT_IN:
            return XS, text
        return self.namespace.uri, text

    def declaration(self, line):
        keyword, *words = line.words
        if keyword in ("elements", "attributes"):
            if words not in (["qualified"], ["unqualified"]) or line.below:
                raise line.wrong(f"{keyword} qualified or unqualified")
            setattr(self.namespace, f"qualified_{keyword}", words == ["qualified"])
        elif keyword == "element" and len(words) >= 2 and not line.below:
            self.element(line, *words)
        elif keyword == "type" and words:
            self.add_type(line, words[0], self.complex(line, words[1:]))
        elif keyword == "simple" and len(words) >= 2 and not line.below:
            self.add_type(line, words[0], self.simple(line, words[1], words[2:]))
        elif keyword == "enum" and len(words) == 1:
            if any(value.below for value in line.below):
                raise line.wrong("values that stand below each other")
            values = [value.text for value in line.below]
            self.add_type(line, words[0], Type("enumeration", line.where, base=(XS, "string"), values=values))
        else:
            raise line.wrong("element, type, simple or enum")

    def add_type(self, line, name, kind):
        if name in self.namespace.types:
            raise line.wrong("a type that was not described before")
        self.namespace.types[name] = kind

    def element(self, line, name, kind, *more):
        abstract, head, more = False, None, list(more)
        while more:
            word = more.pop(0)
            if word == "abstract" and not abstract:
                abstract = True
            elif word == "in" and more and head is None:
                head = self.name(line, more.pop(0))
            else:
                raise line.wrong("element NAME TYPE [abstract] [in ELEMENT]")
        if name in self.namespace.elements:
            raise line.wrong("an element that was not described before")
        self.namespace.elements[name] = Element(self.name(line, kind), abstract, head, line.where)

    def complex(self, line, words):
        kind, words = Type("complex", line.where), list(words)
        while words:
            word = words.pop(0)
            if word == ":" and words and kind.base is None:
                kind.base = self.name(line, words.pop(0))
            elif word in ("mixed", "abstract") and not getattr(kind, word):
                setattr(kind, word, True)
            else:
                raise line.wrong("type NAME [: BASE] [mixed] [abstract]")
        for part in line.below:
            if part.text.startswith("@"):
                self.attribute(part, kind)
            elif part.words[0] == "$text":
                if len(part.words) != 2 or part.below or kind.text:
                    raise part.wrong("$text TYPE, once")
                kind.text = self.name(part, part.words[1])
            else:
                kind.parts.append(self.particle(part))
        if kind.text and kind.parts:
            raise line.wrong("text or elements, not both")
        return kind

    def attribute(self, line, kind):
        name, *words = line.text[1:].split()
        if len(words) not in (1, 2) or words[1:] not in ([], ["?"]) or line.below or name in kind.attributes:
            raise line.wrong("@NAME TYPE [?], once")
        kind.attributes[name] = Attribute(self.name(line, words[0]), not words[1:], line.where)

    def particle(self, line):
        first, *words = line.words
        if first in ("sequence", "choice"):
            parts = [self.particle(part) for part in line.below]
            return Particle(first, line.where, self.occurs(line, words), parts=parts)
        if line.below:
            raise line.wrong("nothing further in")
        if first == "any":
            return Particle("any", line.where, self.occurs(line, words))
        if first.startswith("&"):
            return Particle("global", line.where, self.occurs(line, words), self.name(line, first[1:]))
        if not words:
            raise line.wrong("an element with its type")
        return Particle("element", line.where, self.occurs(line, words[1:]), first, self.name(line, words[0]))

    def occurs(self, line, words):
        if not words:
            return 1, 1
        if len(words) == 1 and words[0] in SIGNS:
            return SIGNS[words[0]]
        least, dots, most = words[0].partition("..")
        if len(words) != 1 or not dots or not least.isdecimal() or not most.isdecimal():
            raise line.wrong("how often: ?, *, + or MIN..MAX")
        return int(least), int(most)

    def simple(self, line, base, facets):
        kind = Type("simple", line.where, base=self.name(line, base))
        of_length = facets[:1] == ["length"]
        if of_length:
            facets = facets[1:]
            if len(facets) == 1 and facets[0].isdecimal():
                kind.facets = {"length": int(facets[0])}
                return kind
            if not facets:
                raise line.wrong("a length")
        if not facets:
            return kind
        bounds = facets[0].split("..")
        if len(facets) != 1 or len(bounds) != 2 or bounds == ["", ""]:
            raise line.wrong("`length MIN..MAX`, `length N` or `MIN..MAX`")
        names = ("minLength", "maxLength") if of_length else ("minInclusive", "maxInclusive")
        try:
            kind.facets = {name: int(bound) for name, bound in zip(names, bounds) if bound}
        except ValueError:
            raise line.wrong("whole numbers") from None
        return kind
