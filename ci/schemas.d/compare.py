"""Compares what is described with what the schemas say: fact by fact, in both directions."""

from model import XS, globals_of, names_of


class Mismatch:
    def __init__(self, where, text):
        self.where, self.text = where, text

    def __str__(self):
        return f"{self.where}: {self.text}"


def often(occurs):
    least, most = occurs
    return f"{least}..{'unbounded' if most is None else most}"


class Comparison:
    """Counts the facts that agree, and keeps those that do not."""

    def __init__(self):
        self.agreed = 0
        self.mismatches = []

    def wrong(self, where, text):
        self.mismatches.append(Mismatch(where, text))

    def same(self, where, subject, fact, described, schema, show=str):
        if described == schema:
            self.agreed += 1
        else:
            self.wrong(where, f"{subject}: {fact}: the description says {show(described)}, the schema says {show(schema)}")

    def paired(self, where, subject, kind, described, schema, sides=("the description", "the schema")):
        """Pairs of what both have under one key. What only one of them has is a mismatch."""
        one, other = sides
        for key, item in described.items():
            if key not in schema:
                self.wrong(getattr(item, "where", where), f"{subject}, {kind}{key}: {one} has it, {other} has not")
        for key in schema:
            if key not in described:
                self.wrong(where, f"{subject}, {kind}{key}: {other} has it, {one} has not")
        pairs = [(key, item, schema[key]) for key, item in described.items() if key in schema]
        self.agreed += len(pairs)
        return pairs

    def namespace(self, described, schema):
        def show(name):
            if name is None:
                return "none"
            uri, local = name
            return {described.uri: "", XS: "xs:"}.get(uri, uri + " ") + local

        subject, where = f"namespace {described.uri}", described.where
        self.same(where, subject, "elements qualified", described.qualified_elements, schema.qualified_elements)
        self.same(where, subject, "attributes qualified", described.qualified_attributes, schema.qualified_attributes)
        for name, one, other in self.paired(where, subject, "element ", described.elements, schema.elements):
            element = f"{subject}, element {name}"
            self.same(one.where, element, "type", one.type, other.type, show)
            self.same(one.where, element, "abstract", one.abstract, other.abstract)
            self.same(one.where, element, "may stand for", one.head, other.head, show)
        for name, one, other in self.paired(where, subject, "type ", described.types, schema.types):
            self.type(f"{subject}, type {name}", one, other, show)

    def type(self, subject, one, other, show):
        if one.kind != other.kind:
            self.same(one.where, subject, "kind", one.kind, other.kind)
            return
        self.same(one.where, subject, "base", one.base, other.base, show)
        if one.kind == "enumeration":
            self.paired(one.where, subject, "value ", dict.fromkeys(one.values), dict.fromkeys(other.values))
            if set(one.values) == set(other.values):
                self.same(one.where, subject, "order of the values", one.values, other.values, ", ".join)
            return
        if one.kind == "simple":
            for name, bound, right in self.paired(one.where, subject, "facet ", one.facets, other.facets):
                self.same(one.where, subject, name, bound, right)
            return
        self.same(one.where, subject, "abstract", one.abstract, other.abstract)
        self.same(one.where, subject, "mixed", one.mixed, other.mixed)
        self.same(one.where, subject, "type of its text", one.text, other.text, show)
        for name, mine, theirs in self.paired(one.where, subject, "attribute ", one.attributes, other.attributes):
            attribute = f"{subject}, attribute {name}"
            self.same(mine.where, attribute, "type", mine.type, theirs.type, show)
            self.same(mine.where, attribute, "use", mine.required, theirs.required, {True: "required", False: "optional"}.get)
        self.parts(one.where, subject, one.parts, other.parts, show)

    def parts(self, where, subject, described, schema, show):
        """What stands inside a type or a group: the same parts, in the same order."""
        mine, theirs = keyed(described, show), keyed(schema, show)
        pairs = self.paired(where, subject, "", mine, theirs)
        order = [key for key in theirs if key in mine]
        self.same(where, subject, "order", [key for key, _, _ in pairs], order, ", ".join)
        for key, one, other in pairs:
            part = f"{subject}, {key}"
            self.same(one.where, part, "how often", one.occurs, other.occurs, often)
            if one.kind == "element":
                self.same(one.where, part, "type", one.type, other.type, show)
            if one.kind in ("sequence", "choice"):
                self.parts(one.where, part, one.parts, other.parts, show)

    def set(self, name, where, described, schema, counts):
        """What EXI numbers over a whole set."""
        subject = f"set {name}"
        self.paired(where, subject, "namespace ", described, dict.fromkeys(schema))
        for fact, of in (("global elements", globals_of), ("element names", names_of)):
            mine, theirs = of(described.values()), of(schema.values())
            for side, only in (("the description", set(mine) - set(theirs)), ("the schema", set(theirs) - set(mine))):
                for local, uri in sorted(only):
                    self.wrong(where, f"{subject}, {fact}: only {side} has {local} of {uri or 'no namespace'}")
            self.agreed += mine == theirs
            if fact in counts:
                self.same(where, subject, f"number of {fact}, as other codecs have it", len(mine), counts[fact])


def keyed(parts, show):
    """The parts by what they are, with a number where there are several of the same."""
    keys = {}
    for part in parts:
        name = part.name if part.kind == "element" else show(part.name) if part.kind == "global" else ""
        key = {"element": f"element {name}", "global": f"reference to {name}"}.get(part.kind, part.kind)
        number = 2
        while key in keys:
            key, number = f"{key.split(' #')[0]} #{number}", number + 1
        keys[key] = part
    return keys
