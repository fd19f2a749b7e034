"""Proves that the check can fail: changes one thing at a time, and demands that it is found where it is.

The changes are the same each time: a seed chooses them.
"""

import io
import random

from changes import KINDS, Text
from description import NotADescription
from xsd import NotUnderstood, Schema

SEED = 70121
# Of each kind, in each file.
EACH = 2

# Parts of a schema that this check does not take apart. Overlooked, they would be lost without a word.
REFUSED = {
    "a pattern": '<simpleType name="T"><restriction base="string"><pattern value="a"/></restriction></simpleType>',
    "an exclusive bound": '<simpleType name="T"><restriction base="int"><maxExclusive value="9"/></restriction></simpleType>',
    "a list": '<simpleType name="T"><list itemType="int"/></simpleType>',
    "a union": '<simpleType name="T"><union memberTypes="int string"/></simpleType>',
    "words and bounds": '<simpleType name="T"><restriction base="string"><enumeration value="a"/><length value="1"/>'
                        "</restriction></simpleType>",
    "a restriction of elements": '<complexType name="T"><complexContent><restriction base="s:U"/></complexContent></complexType>',
    "elements in any order": '<complexType name="T"><all><element name="E" type="int"/></all></complexType>',
    "a group": '<complexType name="T"><group ref="s:G"/></complexType>',
    "any attribute": '<complexType name="T"><anyAttribute/></complexType>',
    "a nillable element": '<element name="E" type="int" nillable="true"/>',
    "a default": '<element name="E" type="int" default="1"/>',
    "a fixed attribute": '<complexType name="T"><attribute name="A" type="int" fixed="1"/></complexType>',
    "a forbidden attribute": '<complexType name="T"><attribute name="A" type="int" use="prohibited"/></complexType>',
    "a form of its own": '<complexType name="T"><sequence><element name="E" type="int" form="qualified"/></sequence>'
                         "</complexType>",
    "an element without a type": '<element name="E"/>',
    "a prefix that nothing explains": '<element name="E" type="x:int"/>',
    "an included file": '<include schemaLocation="another.xsd"/>',
}


class Result:
    def __init__(self):
        self.found = self.missed = 0

    def judge(self, found, what):
        self.found += found
        self.missed += not found
        if not found:
            print(f"FAILED  selftest: not found: {what}")


def place(where):
    """The file and the line of a place, or no line."""
    file, _, line = where.rpartition(":")
    return (file, int(line)) if line.isdecimal() else (where, 0)


def speaks(mismatch, file, change):
    """It speaks of that change: of its place and of what is wrong there."""
    path, line = place(mismatch.where)
    return path.endswith(f"/{file}.txt") and (not change.at or line in change.at) and all(
        word in mismatch.text for word in change.words)


def texts_changed(result, known, schemas, sets, texts, compare):
    """Changes of each kind in each file. Answers how many there were of each kind."""
    rng, counts = random.Random(SEED), dict.fromkeys(KINDS, 0)
    for file, text in texts.items():
        of_this, unchanged = 0, Text(text)
        for kind, changes in KINDS.items():
            possible = list(changes(unchanged))
            for change in rng.sample(possible, min(EACH, len(possible))):
                counts[kind] += 1
                of_this += 1
                what = f"{file}.txt:{change.line}: `{change.was}`: {kind}"
                try:
                    comparison = compare(schemas, sets, {**texts, file: "\n".join(change.lines)}, only=file)
                except NotADescription as error:
                    result.judge(False, f"{what}: {error}")
                    continue
                # Where the description is wrong already, a change may be what mends it.
                now = {mismatch.text: mismatch for mismatch in comparison.mismatches}
                different = [{**known, **now}[text] for text in known.keys() ^ now.keys()]
                result.judge(any(speaks(mismatch, file, change) for mismatch in different), what)
        result.judge(of_this >= 10, f"{file}.txt: 10 changes in it, there are {of_this}")
    for kind, count in counts.items():
        result.judge(count > 0, f"a place for the change `{kind}`")
    return counts


def sets_changed(result, known, schemas, sets, texts, compare):
    """Sets of the build script, and files, that are missing or too many."""
    def find(what, sets, texts):
        try:
            found = {mismatch.text for mismatch in compare(schemas, sets, texts).mismatches} != known.keys()
        except NotADescription:
            found = True  # it names a namespace that is not there
        result.judge(found, what)

    for name, files in sets.items():
        find(f"set {name} is missing", {key: value for key, value in sets.items() if key != name}, texts)
        more = "sap" if "sap" not in files else "xmldsig"
        find(f"set {name} has {more} too", {**sets, name: [*files, more]}, texts)
        for file in files:
            find(f"set {name} lacks {file}", {**sets, name: [each for each in files if each != file]}, texts)
    find("a set too much", {**sets, "another": ["xmldsig"]}, texts)
    for file in texts:
        find(f"{file}.txt is missing", sets, {key: value for key, value in texts.items() if key != file})
    find("a file too much", sets, {**texts, "another": ""})


def schemas_refused(result):
    form = '<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:s="urn:s" targetNamespace="urn:s">{}</schema>'
    for what, part in REFUSED.items():
        try:
            Schema("a schema", io.BytesIO(form.format(part).encode()))
            result.judge(False, f"{what} in a schema")
        except NotUnderstood:
            result.judge(True, what)


def run(schemas, sets, texts, compare):
    """How many changes were found, and how many were not."""
    result = Result()
    known = {mismatch.text: mismatch for mismatch in compare(schemas, sets, texts).mismatches}
    counts = texts_changed(result, known, schemas, sets, texts, compare)
    sets_changed(result, known, schemas, sets, texts, compare)
    schemas_refused(result)
    print(f"-- selftest: {sum(counts.values())} changes of {len(counts)} kinds in {len(texts)} files;"
          f" sets, files and schemas besides: {result.found} found, {result.missed} not found")
    return result.found, result.missed
