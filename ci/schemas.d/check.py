"""The descriptions of charger/iso15118/schemas against the XML schemas that the Python package `iso15118` ships.

The program ends by itself; the last line is `N passed, N failed`.
"""

import argparse
import re
import sys
from pathlib import Path

import description
import selftest
from compare import Comparison
from model import globals_of, names_of
from xsd import NotUnderstood, Schema, closure

FOLDER = "charger/iso15118/schemas"
BUILD = "charger/iso15118/build.rs"

# The schema at which each set begins; what that imports, and so on, is in it too.
ROOTS = {
    "sap": "urn:iso:15118:2:2010:AppProtocol",
    "din": "urn:din:70121:2012:MsgDef",
    "iso2": "urn:iso:15118:2:2013:MsgDef",
    "iso20_messages": "urn:iso:std:iso:15118:-20:CommonMessages",
    "iso20_ac": "urn:iso:std:iso:15118:-20:AC",
    "iso20_dc": "urn:iso:std:iso:15118:-20:DC",
    "iso20_wpt": "urn:iso:std:iso:15118:-20:WPT",
    "iso20_acdp": "urn:iso:std:iso:15118:-20:ACDP",
    "xmldsig": "http://www.w3.org/2000/09/xmldsig#",
}
# From the widths and the end codes of codecs that nobody here wrote: they hold both readers to account.
COUNTS = {
    "iso2": {"global elements": 80, "element names": 243},
    "xmldsig": {"global elements": 24, "element names": 45},
}


def sets_of(source):
    """The sets of the build script: their names, and the files of each."""
    table = re.search(r"const SETS: .*?= \[\n(.*?)\n\];", source, re.DOTALL)
    rows = re.findall(r'\("(\w+)", &\[([^\]]*)\]\)', table.group(1)) if table else []
    return {name: re.findall(r'"(\w+)"', files) for name, files in rows}


def compare(schemas, sets, texts, only=None):
    """Everything, or the sets of which that file is a part."""
    comparison, seen = Comparison(), {}
    if only is None:
        used = dict.fromkeys(file for files in sets.values() for file in files)
        comparison.paired(BUILD, "sets", "", sets, ROOTS, ("the build script", "this check"))
        comparison.paired(FOLDER, "files", "", dict.fromkeys(texts), used, ("the folder", "the build script"))
    for name, files in sets.items():
        if name not in ROOTS or only is not None and only not in files:
            continue
        there = [file for file in files if file in texts]
        described = description.read([(f"{FOLDER}/{file}.txt", texts[file]) for file in there])
        for uri, namespace in described.items():
            # Several sets share a namespace. It is compared again where it means something else.
            if uri in schemas and seen.get(uri) != namespace:
                comparison.namespace(namespace, schemas[uri].namespace)
                seen[uri] = namespace
        where = f"{FOLDER}/{files[0]}.txt" if files else BUILD
        comparison.set(name, where, described, closure(schemas, ROOTS[name]), COUNTS.get(name, {}))
    if only is None:
        comparison.paired(FOLDER, "all sets", "namespace ", seen, schemas)
    return comparison


def load(folder):
    """The schemas of all files of a folder, by namespace."""
    schemas = {}
    for path in sorted(folder.rglob("*.xsd")):
        schema = Schema(str(path.relative_to(folder)), path)
        if schemas.setdefault(schema.namespace.uri, schema) is not schema:
            raise NotUnderstood(f"{schema.shown}: {schema.namespace.uri} has two files")
    return schemas


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--schemas", required=True, type=Path, help="the folder of the XSD files")
    arguments.add_argument("verb", choices=["all", "selftest"])
    arguments = arguments.parse_args()
    passed = failed = 0
    try:
        schemas = load(arguments.schemas)
        sets = sets_of(Path(BUILD).read_text(encoding="utf-8"))
        texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(FOLDER).glob("*.txt"))}
        found, missed = selftest.run(schemas, sets, texts, compare)
        passed, failed = passed + found, failed + missed
        if arguments.verb == "all":
            comparison = compare(schemas, sets, texts)
            for mismatch in comparison.mismatches:
                print(f"FAILED  {mismatch}")
            for name, root in ROOTS.items():
                namespaces = closure(schemas, root).values()
                print(f"   {name:15} {len(globals_of(namespaces)):3} global elements, {len(names_of(namespaces)):3} element names")
            print(f"-- {len(schemas)} schemas: {comparison.agreed} facts agree, {len(comparison.mismatches)} do not")
            passed, failed = passed + comparison.agreed, failed + len(comparison.mismatches)
    except (NotUnderstood, description.NotADescription) as error:
        print(f"FAILED  {error}")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
