"""Reads XML schemas. What it does not understand it refuses, so nothing can be overlooked."""

import xml.etree.ElementTree as tree

from model import XS, Attribute, Element, Namespace, Particle, Type

# Every element of a schema that is understood, with its attributes. `*` marks those without which it makes no sense.
KNOWN = {
    "schema": "targetNamespace* elementFormDefault attributeFormDefault version",
    "import": "namespace* schemaLocation",
    "element": "name ref type abstract substitutionGroup minOccurs maxOccurs",
    "complexType": "name mixed abstract",
    "simpleType": "name",
    "simpleContent": "",
    "complexContent": "",
    "extension": "base*",
    "restriction": "base*",
    "sequence": "minOccurs maxOccurs",
    "choice": "minOccurs maxOccurs",
    "any": "namespace processContents minOccurs maxOccurs",
    "attribute": "name* type* use",
    "enumeration": "value*",
    "length": "value*",
    "minLength": "value*",
    "maxLength": "value*",
    "minInclusive": "value*",
    "maxInclusive": "value*",
}
FACETS = ("length", "minLength", "maxLength", "minInclusive", "maxInclusive")


class NotUnderstood(Exception):
    """A schema, or a part of one, that this reader cannot take apart. Its text begins with the file."""


class Schema:
    """One file: a namespace, and those that it imports."""

    def __init__(self, shown, source):
        self.shown = shown
        self.prefixes = {}
        try:
            root = self.parse(source)
        except (OSError, tree.ParseError) as error:
            raise NotUnderstood(f"{shown}: {error}") from None
        attributes = self.attributes(root, "schema")
        self.namespace = Namespace(attributes["targetNamespace"], shown)
        self.namespace.qualified_elements = self.form(attributes, "elementFormDefault")
        self.namespace.qualified_attributes = self.form(attributes, "attributeFormDefault")
        self.imports = []
        for node in self.children(root):
            kind = self.tag(node)
            if kind == "import":
                self.imports.append(self.attributes(node, "import")["namespace"])
            elif kind == "element":
                self.element(node)
            elif kind in ("complexType", "simpleType"):
                self.add_type(node, node.get("name"))
            else:
                raise self.wrong(node, "not understood here")

    def parse(self, source):
        """The tree. What each prefix means is lost in it, and kept beside it."""
        root = None
        for event, item in tree.iterparse(source, ("start", "start-ns")):
            if event == "start-ns":
                prefix, uri = item
                if self.prefixes.setdefault(prefix, uri) != uri:
                    raise NotUnderstood(f"{self.shown}: prefix `{prefix}` means two namespaces")
            elif root is None:
                root = item
        return root

    def wrong(self, node, what):
        kind = node.tag.rpartition("}")[2]
        name = " ".join(f'{key}="{value}"' for key, value in node.attrib.items())
        return NotUnderstood(f"{self.shown}: <{kind} {name}>: {what}")

    def tag(self, node):
        uri, _, local = node.tag[1:].partition("}")
        if uri != XS or local not in KNOWN:
            raise self.wrong(node, "not understood")
        return local

    def attributes(self, node, *kinds):
        """The attributes, all of them known, of a node that is one of those."""
        kind = self.tag(node)
        if kind not in kinds:
            raise self.wrong(node, f"expected {' or '.join(kinds)}")
        known = KNOWN[kind].split()
        for name in node.attrib:
            if name not in known and name + "*" not in known:
                raise self.wrong(node, f"attribute {name} is not understood")
        for name in known:
            if name.endswith("*") and name[:-1] not in node.attrib:
                raise self.wrong(node, f"has no {name[:-1]}")
        return node.attrib

    def children(self, node):
        """All but documentation."""
        return [child for child in node if child.tag != f"{{{XS}}}annotation"]

    def only(self, node):
        children = self.children(node)
        if len(children) != 1:
            raise self.wrong(node, "expected one child")
        return children[0]

    def word(self, node, name, words, default):
        word = node.get(name, default)
        if word not in words:
            raise self.wrong(node, f"{name} is not understood")
        return word

    def flag(self, node, name):
        return self.word(node, name, ("true", "false"), "false") == "true"

    def form(self, attributes, name):
        form = attributes.get(name, "unqualified")
        if form not in ("qualified", "unqualified"):
            raise NotUnderstood(f"{self.shown}: {name} {form}")
        return form == "qualified"

    def name(self, node, text):
        prefix, colon, local = text.partition(":")
        if not colon:
            prefix, local = "", text
        if prefix not in self.prefixes:
            raise self.wrong(node, f"nothing says what namespace `{text}` is of")
        return self.prefixes[prefix], local

    def number(self, node, text):
        if not text.lstrip("-").isdecimal():
            raise self.wrong(node, f"`{text}` is no number")
        return int(text)

    def occurs(self, node):
        most = node.get("maxOccurs", "1")
        return self.number(node, node.get("minOccurs", "1")), None if most == "unbounded" else self.number(node, most)

    def element(self, node):
        attributes = self.attributes(node, "element")
        name = attributes.get("name")
        if not name or {"ref", "minOccurs", "maxOccurs"} & set(attributes) or name in self.namespace.elements:
            raise self.wrong(node, "no global element")
        head = attributes.get("substitutionGroup")
        head = head and self.name(node, head)
        self.namespace.elements[name] = Element(self.type_of(node), self.flag(node, "abstract"), head, self.shown)

    def type_of(self, node):
        """The type of an element. One without a name gets the element's with `Type` behind it."""
        inside = self.children(node)
        if "type" in node.attrib and not inside:
            return self.name(node, node.get("type"))
        if "type" in node.attrib or len(inside) != 1:
            raise self.wrong(node, "expected one type")
        name = node.get("name") + "Type"
        if inside[0].get("name"):
            raise self.wrong(inside[0], "a type inside an element has no name")
        self.add_type(inside[0], name)
        return self.namespace.uri, name

    def add_type(self, node, name):
        if not name or name in self.namespace.types:
            raise self.wrong(node, f"no name of its own ({name})")
        # The name is taken before its inside is read: elements there may have types without names too.
        self.namespace.types[name] = None
        self.attributes(node, "complexType", "simpleType")
        self.namespace.types[name] = self.complex(node) if self.tag(node) == "complexType" else self.simple(node)

    def complex(self, node):
        kind = Type("complex", self.shown, abstract=self.flag(node, "abstract"), mixed=self.flag(node, "mixed"))
        children = self.children(node)
        if children and self.tag(children[0]) in ("simpleContent", "complexContent"):
            if len(children) != 1:
                raise self.wrong(node, "attributes beside its content")
            content = children[0]
            self.attributes(content, "simpleContent", "complexContent")
            extension = self.only(content)
            base = self.name(extension, self.attributes(extension, "extension")["base"])
            children = self.children(extension)
            if self.tag(content) == "complexContent":
                kind.base = base
            else:
                kind.text = base
        if children and self.tag(children[0]) in ("sequence", "choice"):
            if kind.text:
                raise self.wrong(node, "elements in a type of text")
            group = self.particle(children.pop(0))
            # A sequence that stands there once is nothing but what is in it.
            kind.parts = group.parts if group.kind == "sequence" and group.occurs == (1, 1) else [group]
        for child in children:
            attributes = self.attributes(child, "attribute")
            if self.children(child) or attributes["name"] in kind.attributes:
                raise self.wrong(child, "not understood")
            required = self.word(child, "use", ("required", "optional"), "optional") == "required"
            kind.attributes[attributes["name"]] = Attribute(self.name(child, attributes["type"]), required, self.shown)
        return kind

    def particle(self, node):
        attributes = self.attributes(node, "element", "any", "sequence", "choice")
        kind, occurs = self.tag(node), self.occurs(node)
        if kind in ("sequence", "choice"):
            parts = [self.particle(child) for child in self.children(node)]
            return Particle(kind, self.shown, occurs, parts=parts)
        if kind == "any":
            return Particle("any", self.shown, occurs)
        if {"abstract", "substitutionGroup"} & set(attributes) or ("ref" in attributes) == ("name" in attributes):
            raise self.wrong(node, "no element inside of a type")
        if "name" in attributes:
            return Particle("element", self.shown, occurs, attributes["name"], self.type_of(node))
        if "type" in attributes or self.children(node):
            raise self.wrong(node, "a reference has no type")
        return Particle("global", self.shown, occurs, self.name(node, attributes["ref"]))

    def simple(self, node):
        restriction = self.only(node)
        base = self.name(restriction, self.attributes(restriction, "restriction")["base"])
        kind = Type("simple", self.shown, base=base)
        for facet in self.children(restriction):
            value = self.attributes(facet, "enumeration", *FACETS)["value"]
            name = self.tag(facet)
            if name == "enumeration":
                kind.kind = "enumeration"
                kind.values.append(value)
            elif name in kind.facets:
                raise self.wrong(facet, "twice")
            else:
                kind.facets[name] = self.number(facet, value)
            if self.children(facet):
                raise self.wrong(facet, "not understood")
        if kind.values and kind.facets:
            raise self.wrong(restriction, "words and bounds in one type")
        return kind


def closure(schemas, uri):
    """A namespace and all that it imports, and they again, from schemas by URI."""
    found, todo = {}, [uri]
    while todo:
        uri = todo.pop()
        if uri in found:
            continue
        if uri not in schemas:
            raise NotUnderstood(f"{uri}: wanted, and in none of the schema files")
        found[uri] = schemas[uri].namespace
        todo += schemas[uri].imports
    return found
