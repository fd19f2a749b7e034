"""Changes of one fact in a description, each of which the comparison has to find.

A kind of change is a generator: from a text it makes every change of its kind that is possible there.
"""

from dataclasses import dataclass

SIGNS = {"?": None, "*": "+", "+": "*"}


@dataclass
class Change:
    lines: list  # the whole text with the change in it
    line: int  # where it is, in the text as it was
    was: str
    at: range  # the lines of which a mismatch must speak; none of them: the file
    words: tuple  # what it must say


class Block:
    """A line without indent, and the lines of what stands below it."""

    def __init__(self, words, start):
        self.words, self.start, self.inside = words, start, []


class Text:
    def __init__(self, text):
        self.lines = text.splitlines()
        self.blocks = []
        for index, line in enumerate(self.lines):
            if not line.strip() or line.startswith("#"):
                continue
            if line[0] != " ":
                self.blocks.append(Block(line.split(), index))
            else:
                self.blocks[-1].inside.append(index)

    def of(self, *keywords):
        return [block for block in self.blocks if block.words[0] in keywords]

    def globals(self):
        return [(block, block.words) for block in self.of("element")]

    def inside(self, keyword):
        """Every line below those: its block, its number, its words."""
        return [(block, index, self.lines[index].split()) for block in self.of(keyword) for index in block.inside]

    def leaves(self):
        """Elements, references, `any`."""
        return [(block, index, words) for block, index, words in self.inside("type")
                if words[0][0] not in "@$" and words[0] not in ("sequence", "choice")]

    def attributes(self):
        return [item for item in self.inside("type") if item[2][0].startswith("@")]

    def indent(self, index):
        return len(self.lines[index]) - len(self.lines[index].lstrip())

    def edit(self, block, index, *new, words=(), gone=1):
        """A change: new lines instead of so many. The mismatch is to be in that block, or anywhere in the file."""
        lines = self.lines[:index] + list(new) + self.lines[index + gone:]
        last = max([block.start, *block.inside]) + 1 + len(new) - gone if block else 0
        at = range(block.start + 1, last + 1) if block else range(0)
        return Change(lines, index + 1, self.lines[index].strip(), at, (block and block.words[1] or "", *words))

    def replace(self, block, index, words, *said):
        return self.edit(block, index, " " * self.indent(index) + " ".join(words), words=said)

    def types(self):
        """Types that this text names, once each."""
        found = [words[1] for _, _, words in self.leaves() if len(words) > 1 and words[0][0] != "&" and words[0] != "any"]
        return list(dict.fromkeys(found + ["boolean", "string"]))


def plain(name):
    return name.lstrip("&@").rpartition(".")[2]


def other(names, name):
    """A name of those that means something else."""
    return next(each for each in names if plain(each) != plain(name))


def drop_element(text):
    for block, index, words in text.leaves():
        yield text.edit(block, index, words=(plain(words[0]), "the description has not"))


def add_element(text):
    for block, index, _ in text.leaves():
        line = " " * text.indent(index) + "Another boolean"
        yield text.edit(block, index, line, text.lines[index], words=("element Another", "the schema has not"))


def rename_element(text):
    for block, index, words in text.leaves():
        if words[0] != "any":
            yield text.replace(block, index, [words[0] + "x", *words[1:]], plain(words[0]) + "x", "the schema has not")


def swap_elements(text):
    leaves = text.leaves()
    for (block, index, _), (_, below, _) in zip(leaves, leaves[1:]):
        if below == index + 1 and text.indent(index) == text.indent(below):
            yield text.edit(block, index, text.lines[below], text.lines[index], words=("order",), gone=2)


def change_type(text):
    for block, index, words in text.leaves():
        if words[0][0] != "&" and words[0] != "any":
            yield text.replace(block, index, [words[0], other(text.types(), words[1]), *words[2:]], words[0], "type")


def change_bounds(text):
    for block, index, words in text.inside("type"):
        if words[0][0] in "@$":
            continue
        fixed = 2 if words[0][0] != "&" and words[0] not in ("any", "sequence", "choice") else 1
        name, bounds = plain(words[0]), words[fixed:]
        if not bounds:
            yield text.replace(block, index, [*words, "?"], name, "how often")
        elif bounds[0] in SIGNS:
            sign = SIGNS[bounds[0]]
            yield text.replace(block, index, words[:fixed] + ([sign] if sign else []), name, "how often")
        else:
            least, most = map(int, bounds[0].split(".."))
            yield text.replace(block, index, [*words[:fixed], f"{least}..{most + 1}"], name, "how often")
            yield text.replace(block, index, [*words[:fixed], f"{least + 1}..{most}"], name, "how often")


def reference_or_element(text):
    for block, index, words in text.leaves():
        if words[0][0] == "&":
            new = [plain(words[0]), "string", *words[1:]]
        elif words[0] != "any":
            new = ["&" + words[0], *words[2:]]
        else:
            continue
        yield text.replace(block, index, new, plain(words[0]), "the schema has not")


def sequence_or_choice(text):
    for block, index, words in text.inside("type"):
        if words[0] in ("sequence", "choice"):
            new = "choice" if words[0] == "sequence" else "sequence"
            yield text.replace(block, index, [new, *words[1:]], new, "the schema has not")


def leave_group(text):
    """The first of a group stands before it."""
    for block, index, words in text.inside("type"):
        first = text.lines[index + 1].split()[0] if index + 1 in block.inside else ""
        if words[0] in ("sequence", "choice") and first not in ("sequence", "choice"):
            line = " " * text.indent(index) + text.lines[index + 1].strip()
            name = plain(first)
            yield text.edit(block, index, line, text.lines[index], words=(name,), gone=2)


def text_type(text):
    for block, index, words in text.inside("type"):
        if words[0] == "$text":
            yield text.replace(block, index, ["$text", other(text.types(), words[1])], "type of its text")


def attribute_use(text):
    for block, index, words in text.attributes():
        new = words[:2] if words[2:] else [*words, "?"]
        yield text.replace(block, index, new, plain(words[0]), "use")


def attribute_type(text):
    for block, index, words in text.attributes():
        new = [words[0], "ID" if words[1] != "ID" else "IDREF", *words[2:]]
        yield text.replace(block, index, new, plain(words[0]), "type")


def drop_attribute(text):
    for block, index, words in text.attributes():
        yield text.edit(block, index, words=(f"attribute {plain(words[0])}", "the description has not"))


def add_attribute(text):
    for block in text.of("type"):
        yield text.edit(block, block.start, text.lines[block.start], "  @Another string ?", words=("attribute Another",))


def drop_word(text):
    for block, index, _ in text.inside("enum"):
        yield text.edit(block, index, words=(text.lines[index].strip(), "the description has not"))


def respell_word(text):
    for block, index, words in text.inside("enum"):
        yield text.replace(block, index, [*words[:-1], words[-1] + "s"], "the schema has not")


def swap_words(text):
    for block in text.of("enum"):
        for index in block.inside[:-1]:
            yield text.edit(block, index, text.lines[index + 1], text.lines[index], words=("order of the values",), gone=2)


def facet(text):
    """A bound of a length or a range, one more or one less; one that was not there; all of them gone."""
    for block in text.of("simple"):
        words = block.words
        if len(words) == 3:
            yield text.replace(block, block.start, [*words, "1.."], "facet")
            continue
        yield text.replace(block, block.start, words[:3], "facet")
        least, dots, most = words[-1].partition("..")
        if not dots:
            yield text.replace(block, block.start, [*words[:-1], str(int(least) + 1)], "length")
        if dots and least:
            yield text.replace(block, block.start, [*words[:-1], f"{int(least) + 1}..{most}"], "min")
        if dots and most:
            yield text.replace(block, block.start, [*words[:-1], f"{least}..{int(most) - 1}"], "max")


def simple_base(text):
    for block in text.of("simple"):
        new = "string" if block.words[2] != "string" else "hexBinary"
        yield text.replace(block, block.start, [*block.words[:2], new, *block.words[3:]], "base")


def global_type(text):
    for block, words in text.globals():
        yield text.replace(block, block.start, [*words[:2], other(text.types(), words[2]), *words[3:]], "type")


def head(text):
    """Another head, none, or one where there was none."""
    names = [words[1] for _, words in text.globals()]
    for block, words in text.globals():
        if len(names) > 1 and "in" in words:
            yield text.replace(block, block.start, [*words[:-1], other(names, words[-1])], "may stand for")
            yield text.replace(block, block.start, words[:-2], "may stand for")
        elif len(names) > 1:
            yield text.replace(block, block.start, [*words, "in", other(names, words[1])], "may stand for")


def abstract(text):
    for block in text.of("element", "type"):
        words = block.words
        new = [word for word in words if word != "abstract"] if "abstract" in words[2:] else [*words, "abstract"]
        yield text.replace(block, block.start, new, "abstract")


def mixed(text):
    for block in text.of("type"):
        words = block.words
        new = [word for word in words if word != "mixed"] if "mixed" in words[2:] else [*words, "mixed"]
        yield text.replace(block, block.start, new, "mixed")


def extension(text):
    """Another type is extended, none, or one where there was none."""
    names = [block.words[1] for block in text.of("type")]
    for block in text.of("type"):
        words = block.words
        if ":" in words:
            yield text.replace(block, block.start, [*words[:3], other(names, words[3]), *words[4:]], "base")
            yield text.replace(block, block.start, words[:2] + words[4:], "base")
        else:
            yield text.replace(block, block.start, [*words[:2], ":", other(names, words[1]), *words[2:]], "base")


def drop_global(text):
    for block, words in text.globals():
        yield text.edit(None, block.start, words=(f"element {words[1]}", "the description has not"))


def drop_declaration(text):
    for block in text.of("type", "simple", "enum"):
        gone = max([block.start, *block.inside]) + 1 - block.start
        yield text.edit(None, block.start, words=(f"type {block.words[1]}", "the description has not"), gone=gone)


def add_declaration(text):
    for block in text.of("attributes"):
        for new in ("element Another string", "type Another", "simple Another string", "enum Another"):
            yield text.edit(None, block.start, text.lines[block.start], new, words=("Another", "the schema has not"))


def form(text):
    for block in text.of("elements", "attributes"):
        new = "unqualified" if block.words[1] == "qualified" else "qualified"
        yield text.edit(None, block.start, f"{block.words[0]} {new}", words=(f"{block.words[0]} qualified",))


def uri(text):
    for block in text.of("namespace"):
        words = block.words
        yield text.edit(None, block.start, " ".join([*words[:2], words[2] + "x"]), words=(words[2],))


KINDS = {
    "an element is missing": drop_element,
    "an element too much": add_element,
    "an element has another name": rename_element,
    "two elements change places": swap_elements,
    "an element has another type": change_type,
    "another bound of how often": change_bounds,
    "a reference for an element, or the reverse": reference_or_element,
    "a sequence for a choice, or the reverse": sequence_or_choice,
    "an element stands before its group": leave_group,
    "another type of a text": text_type,
    "another use of an attribute": attribute_use,
    "an attribute has another type": attribute_type,
    "an attribute is missing": drop_attribute,
    "an attribute too much": add_attribute,
    "a word is missing": drop_word,
    "a word is spelt otherwise": respell_word,
    "two words change places": swap_words,
    "another facet": facet,
    "another base of a simple type": simple_base,
    "a global element has another type": global_type,
    "a global element stands for another": head,
    "abstract or not": abstract,
    "mixed or not": mixed,
    "a type extends another": extension,
    "a global element is missing": drop_global,
    "a type is missing": drop_declaration,
    "a declaration too much": add_declaration,
    "qualified or not": form,
    "another namespace": uri,
}
